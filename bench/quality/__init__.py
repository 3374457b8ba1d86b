"""How well sharpened maps correlate with a known truth, beside other programs and bounds."""
