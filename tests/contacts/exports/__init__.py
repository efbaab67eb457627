"""Tables and exports of the shapes in which people keep them; README.md says which program or library makes each."""
