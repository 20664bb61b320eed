"""Reading an exercise: folder, manifest, probes, mutants. Text only; nothing is executed."""
