"""``python -m tests.mutants``: run, and print what survived and the table of ``CONTRIBUTING.md``."""

from tests.mutants.run import run, told

if __name__ == "__main__":
    found = run()
    print(*(told(one.survivors) for one in found), sep="\n")
    print("\n| module | mutants | killed | share | equivalent | other survivors |\n|---|---|---|---|---|---|")
    print(*found, sep="\n")
