"""The program, with few draws also where a command has no option for them."""

import sys

if __name__ == "__main__":
    from cli import main

    if sys.argv[1] == "sweep":
        from forecast.pipeline.request import Request

        Request.__init__.__kwdefaults__.update(draws=100, ignore_gates=True)
    main()
