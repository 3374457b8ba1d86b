"""Simulated half maps with a known truth, the demonstration, correlation with the truth."""
