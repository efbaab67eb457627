# make forecast   set up what is missing, then forecast US-Kazakhstan relations 2025-2028 into forecast_run/
# make test       set up what is missing, then lint and test
# make mutation   small changes of five modules, and which of them no test notices
# make docs       set up what is missing, then build the site out of docs/ into docs/_build/html; a warning is an error
# make messages   bring the catalogues of other languages up to date with the texts; CATALOGUE=de begins one for a further language
# make bench      one table of all that is measured: figure, bound, peers, ratios; the peers have an environment of their own
# make bench-fit, bench-engine, bench-sweep, bench-run  single parts of it
# make bench-growth  seconds and memory against paths, scenarios, questions, dyads and contacts
# make lock       resolve the dependencies anew into requirements.txt (hashed; no host is named)

.PHONY: forecast test slow mutation docs messages lint lock bench bench-fit bench-engine bench-sweep bench-run bench-growth
UV = $(shell uv --version >/dev/null 2>&1 && echo uv || echo python3 -m uv)
BIN = .venv/bin

forecast: .venv/.ready
	$(BIN)/forecast run

test: .venv/.ready lint
	env -u PYTHONDONTWRITEBYTECODE $(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder --timeout 300

lint: .venv/.ready
	$(BIN)/ruff check forecast tests docs benchmarks cli.py
	$(BIN)/mypy --num-workers 2
	$(BIN)/deptry . --no-ansi
	$(BIN)/lint-imports --no-cache >/dev/null || $(BIN)/lint-imports --no-cache

slow: .venv/.mutation
	$(BIN)/pytest -m slow

mutation: .venv/.mutation
	$(BIN)/python -m tests.mutants

docs: .venv/.ready
	$(BIN)/python -m sphinx --builder html --fail-on-warning --keep-going --quiet docs docs/_build/html

messages: .venv/.ready
	$(BIN)/python -m tests.report.messages $(CATALOGUE)

.venv/.ready: requirements.txt pyproject.toml .python-version
	@uv --version >/dev/null 2>&1 || python3 -m uv --version >/dev/null 2>&1 || python3 -m pip install --quiet uv
	$(UV) venv --quiet --allow-existing .venv
	$(UV) pip sync --quiet --python .venv --require-hashes --compile-bytecode requirements.txt
	$(UV) pip install --quiet --python .venv --no-deps --no-build-isolation --compile-bytecode --editable .
	$(BIN)/python -m compileall -q forecast
	@touch .venv/.ready

.venv/.mutation: .venv/.ready
	$(UV) pip install --quiet --python .venv --group mutation
	@touch .venv/.mutation

PEERS = .venv/bench/bin/python

.venv/bench/.ready: .venv/.ready
	$(UV) venv --quiet --allow-existing .venv/bench
	$(UV) pip sync --quiet --python .venv/bench --require-hashes --compile-bytecode requirements.txt
	$(UV) pip install --quiet --python .venv/bench --compile-bytecode --constraint requirements.txt --group bench
	$(UV) pip install --quiet --python .venv/bench --no-deps --no-build-isolation --editable .
	@touch .venv/bench/.ready

bench: .venv/bench/.ready
	$(PEERS) -m benchmarks

bench-fit: .venv/bench/.ready
	$(PEERS) -m benchmarks.fit

bench-engine: .venv/bench/.ready
	$(PEERS) -m benchmarks.engine

bench-sweep: .venv/bench/.ready
	$(PEERS) -m benchmarks.sweep

bench-run: .venv/bench/.ready
	$(PEERS) -m benchmarks.run

bench-growth: .venv/.ready
	$(BIN)/python -m benchmarks.growth

lock:
	$(UV) pip compile --quiet pyproject.toml --extra dev --universal --generate-hashes --python-version 3.12 \
		--no-annotate --custom-compile-command "make lock" --output-file requirements.txt --upgrade
