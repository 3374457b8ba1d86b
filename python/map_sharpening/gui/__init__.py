"""The graphical interface: a page in the browser, served from this machine by NiceGUI.

It calls the program as a process and reads what that writes; it computes nothing itself.

==============  ============================================================================
command         ``map_sharpening gui``
options         its options
entrance        the address, and the browser that opens it
server, safety  what is served, and to whom
state           what the screens show and change: `State`, `Draft`, `InputFile`, `Run`
inputs, form    the files of a draft; the parameters as a form
files           what a file is, and how it looks
viewing         maps in 3-D: what the browser gets, and what draws them
pages, theme    the page, its tabs and looks
screens         Inputs, Parameters, Runs, History: each a function of the state
results         Results and Quick look, alike
==============  ============================================================================
"""
