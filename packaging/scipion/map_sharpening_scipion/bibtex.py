"""References, as Scipion reads them.

@article{Terwilliger2020,
  title = {Density modification of cryo-{EM} maps},
  author = {Terwilliger, Thomas C. and Sobolev, Oleg V. and Afonine, Pavel V. and
            Adams, Paul D. and Read, Randy J.},
  journal = {Acta Crystallographica Section D},
  volume = {76},
  year = {2020}
}
"""
