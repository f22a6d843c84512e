"""The forms of the referrals, one module for each kind."""
