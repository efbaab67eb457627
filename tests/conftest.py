def pytest_addoption(parser):
    parser.addoption("--refresh-golden", action="store_true", help="rewrite the golden files from this run")


def pytest_make_parametrize_id(config, val, argname):
    """Names of cases that are the same in every process: neither addresses of functions nor bytes with the time in them."""
    return argname if isinstance(val, bytes) or (callable(val) and not isinstance(val, type)) else None
