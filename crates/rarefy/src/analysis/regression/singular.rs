//! Singular values of a matrix, by one-sided Jacobi rotations.
//!
//! Pairs of vectors are repeatedly rotated in their plane until all are orthogonal (Hestenes 1958;
//! Demmel and Veselić 1992, *Jacobi's Method is More Accurate than QR*, on why small singular
//! values are accurate). Their lengths are then the singular values. It is not the fastest method,
//! but fast enough for tables with some tens of columns.

/// About ten sweeps are needed. The limit only matters where they would not end, for example with
/// NaN.
const SWEEPS: usize = 60;

/// Rotates K vectors until they are orthogonal. Returns the rotation: the new vector `k` is the sum
/// of the old ones times row `k` of the result, `[K][K]`, whose rows are orthonormal. O(K^2 L) per
/// sweep for vectors of length L; there are about six to ten sweeps.
pub(super) fn orthogonalise(vectors: &mut [Vec<f64>]) -> Vec<Vec<f64>> {
    let count = vectors.len();
    let mut turns: Vec<Vec<f64>> =
        (0..count).map(|at| (0..count).map(|to| f64::from(u8::from(at == to))).collect()).collect();
    let length = vectors.first().map_or(0, Vec::len);
    // A smaller cosine is a right angle up to rounding.
    let right_angle = f64::EPSILON * (length as f64).sqrt();
    for _ in 0..SWEEPS {
        let mut turned = false;
        for second in 1..count {
            for first in 0..second {
                let [p, q] = vectors.get_disjoint_mut([first, second]).expect("two of them");
                let (pp, qq, pq) = products(p, q);
                // Also true if one of them is zero.
                if pq.abs() <= right_angle * (pp.sqrt() * qq.sqrt()) {
                    continue;
                }
                turned = true;
                let ratio = (qq - pp) / (2.0 * pq);
                let tangent = ratio.signum() / (ratio.abs() + ratio.hypot(1.0));
                let cosine = 1.0 / tangent.hypot(1.0);
                turn(p, q, cosine, cosine * tangent);
                let [p, q] = turns.get_disjoint_mut([first, second]).expect("two of them");
                turn(p, q, cosine, cosine * tangent);
            }
        }
        if !turned {
            break;
        }
    }
    turns
}

/// `p · p`, `q · q` and `p · q`.
fn products(p: &[f64], q: &[f64]) -> (f64, f64, f64) {
    p.iter()
        .zip(q)
        .fold((0.0, 0.0, 0.0), |(pp, qq, pq), (p, q)| (pp + p * p, qq + q * q, pq + p * q))
}

fn turn(p: &mut [f64], q: &mut [f64], cosine: f64, sine: f64) {
    for (p, q) in p.iter_mut().zip(q) {
        (*p, *q) = (cosine * *p - sine * *q, sine * *p + cosine * *q);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Stream;

    #[test]
    fn vectors_become_orthogonal_and_are_turned_only() {
        for seed in 0..50 {
            let mut stream = Stream::new(seed, "vectors");
            let (count, length) = (1 + stream.index(12), 1 + stream.index(12));
            // Few distinct values, so that many vectors depend on others.
            let value = |_| stream.index(3) as f64;
            let values: Vec<f64> = (0..count * length).map(value).collect();
            let given: Vec<Vec<f64>> = values.chunks(length).map(<[f64]>::to_vec).collect();
            let mut found = given.clone();
            let turns = orthogonalise(&mut found);
            // Rounding errors of sums of a dozen numbers up to 2 that are rotated some hundred
            // times.
            const ROUNDING: f64 = 1e-12;
            for first in 0..count {
                for second in 0..count {
                    let (_, _, angle) = products(&found[first], &found[second]);
                    let (_, _, turned) = products(&turns[first], &turns[second]);
                    let same = f64::from(u8::from(first == second));
                    assert!(first == second || angle.abs() < ROUNDING, "{angle:e}");
                    assert!((turned - same).abs() < ROUNDING, "{turned}");
                }
                for at in 0..length {
                    let column: Vec<f64> = given.iter().map(|vector| vector[at]).collect();
                    let (_, _, sum) = products(&turns[first], &column);
                    assert!((sum - found[first][at]).abs() < ROUNDING);
                }
            }
        }
    }
}
