"""``python -m tests.mutants``: run, and print what survived and the table of ``CONTRIBUTING.md``."""

from tests.mutants.run import run

if __name__ == "__main__":
    found = run()
    for one in found:
        for survivor in one.survivors:
            print(f"{survivor.function}\n  - {survivor.was}\n  + {survivor.becomes}\n  {survivor.why}".rstrip())
    print("\n| module | mutants | killed | share | equivalent | other survivors |\n|---|---|---|---|---|---|")
    print(*found, sep="\n")
