//! The kernels by themselves: `cargo bench -p rarefy`, or `-- 'gradient/512'` for some.
//!
//! Throughput is in multiply-adds that the masked matrix needs, so that dense and sparse
//! can be compared by time, and either with itself by throughput. The shares from which on
//! sparse products pay (`SparseMatrix::pays`, `PackedMatrix::new`) come from here.

use std::hint::black_box;

use criterion::measurement::WallTime;
use criterion::{
    BenchmarkGroup, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main,
};
use rarefy::cell::{Cell, Forward};
use rarefy::kernel::{
    Buffer, Left, Order, PackedMatrix, SparseMatrix, Start, Steps, gradient_product, product,
};
use rarefy::random::Stream;

/// Steps and strings that go through together.
const STEPS: usize = 16;
const COLUMNS: usize = 32;
/// Units of a layer: the recurrent matrix of a GRU is three times as high as wide.
const HIDDEN: [usize; 3] = [50, 128, 512];
const SHARES: [f64; 5] = [0.6, 0.4, 0.2, 0.1, 0.05];

/// Random numbers that start with a cache line, as in the engine.
fn random(len: usize, stream: &mut Stream) -> Buffer {
    let mut buffer = Buffer::new();
    buffer.size(len);
    buffer.iter_mut().for_each(|value| *value = stream.uniform_in(-1.0, 1.0) as f32);
    buffer
}

/// A matrix `[rows][depth]`, and its places that are left at each share.
struct Masked {
    rows: usize,
    depth: usize,
    weights: Buffer,
    left: Vec<(f64, Vec<usize>)>,
}

impl Masked {
    fn new(hidden: usize, stream: &mut Stream) -> Self {
        let (rows, depth) = (3 * hidden, hidden);
        let mut left = |share| {
            let places = (0..rows * depth).filter(|_| stream.uniform() < share).collect();
            (share, places)
        };
        let left = SHARES.map(&mut left).into();
        Self { rows, depth, weights: random(rows * depth, stream), left }
    }

    fn sparse(&self, places: &[usize]) -> SparseMatrix {
        let entries = places.iter().map(|place| (place / self.depth, place % self.depth));
        let mut sparse = SparseMatrix::new(self.rows, self.depth, entries);
        sparse.set(&places.iter().map(|&place| self.weights[place]).collect::<Vec<_>>());
        sparse
    }
}

/// Measures `dense` once and `sparse` for each share that is left.
fn compare(
    group: &mut BenchmarkGroup<WallTime>,
    masked: &Masked,
    work: usize,
    mut dense: impl FnMut(),
    mut sparse: impl FnMut(&SparseMatrix),
) {
    group.throughput(Throughput::Elements((work * masked.rows * masked.depth) as u64));
    group.bench_function(BenchmarkId::new(masked.depth.to_string(), "dense"), |b| {
        b.iter(&mut dense)
    });
    for (share, places) in &masked.left {
        let matrix = masked.sparse(places);
        group.throughput(Throughput::Elements((work * places.len()) as u64));
        let id = BenchmarkId::new(masked.depth.to_string(), format!("{share} left"));
        group.bench_function(id, |b| b.iter(|| sparse(&matrix)));
    }
}

fn batched_products(criterion: &mut Criterion) {
    let mut stream = Stream::new(0, "kernel benchmark");
    for hidden in HIDDEN {
        let masked = Masked::new(hidden, &mut stream);
        let (rows, depth) = (masked.rows, masked.depth);
        let left = Left::new(&masked.weights, rows, depth);
        let x = random(STEPS * depth * COLUMNS, &mut stream);
        let d = random(STEPS * rows * COLUMNS, &mut stream);
        let mut out = random(rows * COLUMNS, &mut stream);
        let work = STEPS * COLUMNS;

        let each_x = || x.chunks_exact(depth * COLUMNS);
        let mut sparse_out = out.clone();
        compare(
            &mut criterion.benchmark_group("product"),
            &masked,
            work,
            || each_x().for_each(|x| product(left, x, COLUMNS, Start::Zero, &mut out)),
            |m| {
                each_x().for_each(|x| {
                    m.products((x, 0), COLUMNS, Start::Zero, (&mut sparse_out, rows * COLUMNS));
                });
            },
        );

        let each_d = || d.chunks_exact(rows * COLUMNS);
        let (left, mut out) = (left.transposed(), random(depth * COLUMNS, &mut stream));
        let mut sparse_out = out.clone();
        compare(
            &mut criterion.benchmark_group("transposed"),
            &masked,
            work,
            || each_d().for_each(|d| product(left, d, COLUMNS, Start::Zero, &mut out)),
            |m| {
                each_d().for_each(|d| {
                    let out = (&mut sparse_out[..], depth * COLUMNS);
                    m.products_transposed((d, 0), COLUMNS, Start::Zero, out);
                });
            },
        );

        let d = Steps::new(&d, rows * COLUMNS, rows, COLUMNS);
        let x = Steps::new(&x, depth * COLUMNS, depth, COLUMNS);
        let mut out = vec![0.0; rows * depth];
        let (mut sums, mut sparse_out, mut sparse_sums) =
            (vec![0.0; rows], out.clone(), vec![0.0; rows]);
        compare(
            &mut criterion.benchmark_group("gradient"),
            &masked,
            work,
            || gradient_product(d, x, STEPS, Order::Rows, &mut out, &mut sums),
            |m| {
                let out = &mut sparse_out[..m.entries()];
                m.gradient_product(0..rows, d, x, STEPS, out, &mut sparse_sums);
            },
        );
    }
}

fn vector_products(criterion: &mut Criterion) {
    let mut stream = Stream::new(1, "kernel benchmark");
    let mut group = criterion.benchmark_group("vector product");
    for hidden in HIDDEN {
        let masked = Masked::new(hidden, &mut stream);
        let (rows, depth) = (masked.rows, masked.depth);
        let x = random(depth, &mut stream);
        let mut out = random(rows, &mut stream);
        let mut measure = |name: String, work: usize, mut matrix: PackedMatrix| {
            group.throughput(Throughput::Elements(work as u64));
            group.bench_function(BenchmarkId::new(hidden.to_string(), name), |b| {
                b.iter(|| matrix.add_product(black_box(&x), &mut out));
            });
        };
        let entry = |&place: &usize| (place / depth, place % depth, masked.weights[place]);
        let all: Vec<usize> = (0..rows * depth).collect();
        let dense = PackedMatrix::new(rows, depth, all.iter().map(entry));
        measure("dense".to_owned(), rows * depth, dense);
        for (share, places) in &masked.left {
            let sparse = PackedMatrix::sparse(rows, depth, places.iter().map(entry));
            measure(format!("{share} left"), places.len(), sparse);
        }
    }
}

fn cells(criterion: &mut Criterion) {
    let mut stream = Stream::new(2, "kernel benchmark");
    let mut group = criterion.benchmark_group("cell forward");
    let state = 50 * COLUMNS;
    for cell in Cell::ALL {
        let memory = if cell.has_memory() { state } else { 0 };
        let slots = random(cell.slots() * state, &mut stream);
        let (before, memory_before) = (random(state, &mut stream), random(memory, &mut stream));
        let (mut hidden, mut after) = (before.clone(), memory_before.clone());
        group.throughput(Throughput::Elements(state as u64));
        group.bench_function(cell.name(), |b| {
            let mut slots = slots.clone();
            b.iter(|| {
                cell.forward(Forward {
                    slots: &mut slots,
                    hidden_before: &before,
                    hidden: &mut hidden,
                    memory_before: &memory_before,
                    memory: &mut after,
                });
            });
        });
    }
}

criterion_group!(benches, batched_products, vector_products, cells);
criterion_main!(benches);
