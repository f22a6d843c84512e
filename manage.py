#!/usr/bin/env python3
"""Django's commands, for this project."""

import os
import sys

from config.start import Commands

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    Commands(sys.argv).execute()
