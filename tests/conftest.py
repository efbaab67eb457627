def pytest_addoption(parser):
    parser.addoption("--refresh-golden", action="store_true", help="rewrite the golden files from this run")
