"""The looks: one small style sheet, for bright and dark, wide and narrow."""

STYLE = """
:root { --ink: #1f2429; --quiet: #59636c; --paper: #f6f7f9; --card: #ffffff; --line: #dfe4e8;
  --accent: #14517a; }
.body--dark { --ink: #e8ebee; --quiet: #9aa6b0; --paper: #14181c; --card: #1c2126;
  --line: #2e353c; --accent: #6db3e0; }
body { background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, -apple-system,
  "Segoe UI", Roboto, "Helvetica Neue", Arial, "DejaVu Sans", sans-serif; }
.panel { background: var(--card); border: 1px solid var(--line); border-radius: 10px;
  padding: 18px 20px; gap: 12px; }
.heading { font-size: 1.05rem; font-weight: 650; }
.quiet { color: var(--quiet); font-size: 0.9rem; }
"""
