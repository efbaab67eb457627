"""Tables as people keep them: a file of another form becomes rows of a record by one mapping file that a person has looked at.

:mod:`.sheet` is what any file is read into, :mod:`.delimited`, :mod:`.binary` and :mod:`.annotations` read the forms,
:mod:`.mapping` is the mapping file, :mod:`.guess` proposes it, :mod:`.convert` applies it.
"""
