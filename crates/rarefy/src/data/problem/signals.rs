//! Signals like those of MNIST-1D (Greydanus 2020, *Scaling down deep learning*, arXiv:2011.14439).
//!
//! Templates, steps and parameters are those of the author's package `mnist1d`, which its transform
//! checks (`tests/mnist1d/signals.py`). The random numbers are ours, and so is the order of the
//! classes. The package then standardises all signals at once, which is left to a model's scaling.

use crate::data::LabelledSeries;
use crate::random::Stream;

/// Points of a template.
const POINTS: usize = 12;
/// Steps of a signal while it is changed.
const FINE: usize = 72;
/// Steps of a signal.
pub const STEPS: usize = 40;
/// Fewest and most zeros after a template.
const PADDING: [usize; 2] = [36, 60];
/// Signals are moved by fewer steps.
const MOST_SHIFT: usize = 48;
/// Width of the factors by which signals are scaled, around 1.
const SCALE: f64 = 0.4;
/// Width of the slopes that are added, around 0.
const SHEAR: f64 = 0.75;
/// Noise where the template is not, before it is smoothed.
const CORRELATED: f64 = 0.25;
/// Noise everywhere.
const INDEPENDENT: f64 = 0.02;
/// Marks the points of a template: elsewhere, a signal is exactly 0.
const MARK: f64 = 1e-8;

/// The published templates, one for each class.
const TEMPLATES: [[f64; POINTS]; 10] = [
    [5.0, 6.0, 6.5, 6.75, 7.0, 7.0, 7.0, 7.0, 6.75, 6.5, 6.0, 5.0],
    [5.0, 3.0, 3.0, 3.4, 3.8, 4.2, 4.6, 5.0, 5.4, 5.8, 5.0, 5.0],
    [5.0, 6.0, 6.5, 6.5, 6.0, 5.25, 4.75, 4.0, 3.5, 3.5, 4.0, 5.0],
    [5.0, 6.0, 6.5, 6.5, 6.0, 5.0, 5.0, 6.0, 6.5, 6.5, 6.0, 5.0],
    [5.0, 4.4, 3.8, 3.2, 2.6, 2.6, 5.0, 5.0, 5.0, 5.0, 5.0, 5.0],
    [5.0, 3.0, 3.0, 3.0, 3.0, 5.0, 6.0, 6.5, 6.5, 6.0, 4.5, 5.0],
    [5.0, 4.0, 3.5, 3.25, 3.0, 3.0, 3.0, 3.0, 3.25, 3.5, 4.0, 5.0],
    [5.0, 7.0, 7.0, 6.6, 6.2, 5.8, 5.4, 5.0, 4.6, 4.2, 5.0, 5.0],
    [5.0, 4.0, 3.5, 3.5, 4.0, 5.0, 5.0, 4.0, 3.5, 3.5, 4.0, 5.0],
    [5.0, 4.0, 3.5, 3.5, 4.0, 5.0, 5.0, 5.0, 5.0, 4.7, 4.3, 5.0],
];

/// What is drawn for one signal.
struct Draws {
    padding: usize,
    /// Uniform in `[0, 1)`, for the scale and for the slope.
    uniform: [f64; 2],
    shift: usize,
    /// Standard normal, to be smoothed.
    correlated: [f64; FINE],
    /// Standard normal.
    independent: [f64; FINE],
}

/// `count` signals; the classes have equal shares, or differ by one where that cannot be.
pub fn signals(count: usize, stream: &mut Stream) -> Vec<LabelledSeries<'static>> {
    let mut classes: Vec<usize> = (0..count).map(|at| at % TEMPLATES.len()).collect();
    stream.shuffle(&mut classes);
    let one = |class: usize| {
        let draws = Draws {
            padding: PADDING[0] + stream.index(PADDING[1] - PADDING[0] + 1),
            uniform: [stream.uniform(), stream.uniform()],
            shift: stream.index(MOST_SHIFT),
            correlated: std::array::from_fn(|_| stream.normal()),
            independent: std::array::from_fn(|_| stream.normal()),
        };
        let values = draws.signal(&template(class)).iter().map(|&x| x as f32).collect();
        LabelledSeries { values, answer: class.to_string().into() }
    };
    classes.into_iter().map(one).collect()
}

/// The template of a class, which starts at 0 and has a standard deviation of a sixth.
fn template(class: usize) -> [f64; POINTS] {
    let points = TEMPLATES[class];
    let mean = points.iter().sum::<f64>() / POINTS as f64;
    let variance = points.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / POINTS as f64;
    points.map(|x| (x - points[0]) / variance.sqrt() / 6.0)
}

impl Draws {
    fn signal(&self, template: &[f64]) -> Vec<f64> {
        let [scale, slope] = self.uniform.map(|uniform| uniform - 0.5);
        let mut signal: Vec<f64> = template.iter().map(|x| x + MARK).collect();
        signal.resize(POINTS + self.padding, 0.0);
        let mut signal = interpolated(&signal, FINE);
        signal.iter_mut().for_each(|x| *x *= 1.0 + SCALE * scale);
        signal.rotate_right(self.shift);
        let noise = smoothed(&self.correlated);
        for (at, x) in signal.iter_mut().enumerate() {
            if *x == 0.0 {
                *x = CORRELATED * noise[at];
            }
            *x += INDEPENDENT * self.independent[at];
            *x -= SHEAR * slope * (at as f64 / (FINE - 1) as f64 - 0.5);
        }
        interpolated(&signal, STEPS)
    }
}

/// `count` values at equal distances, on straight lines between `values`.
fn interpolated(values: &[f64], count: usize) -> Vec<f64> {
    let (last, next) = (values.len() - 1, count - 1);
    let at = |place: usize| {
        // In whole numbers, so that a place that falls on a value is that value.
        let (before, rest) = (place * last / next, place * last % next);
        let share = rest as f64 / next as f64;
        let after = values[(before + 1).min(last)];
        values[before] + share * (after - values[before])
    };
    (0..count).map(at).collect()
}

/// Values smoothed by a Gaussian with a standard deviation of two steps, cut at four of them. Beyond
/// its ends, a signal is mirrored.
fn smoothed(values: &[f64]) -> Vec<f64> {
    const DEVIATION: f64 = 2.0;
    const REACH: isize = 8;
    let weight = |offset: isize| (-0.5 * (offset as f64 / DEVIATION).powi(2)).exp();
    let total: f64 = (-REACH..=REACH).map(weight).sum();
    let count = values.len() as isize;
    let mirrored = |place: isize| match place {
        before if before < 0 => -1 - before,
        after if after >= count => 2 * count - 1 - after,
        within => within,
    };
    let around = |at: isize| {
        let terms = (-REACH..=REACH).map(|offset| {
            let value = values[mirrored(at + offset) as usize];
            weight(offset) / total * value
        });
        terms.sum()
    };
    (0..count).map(around).collect()
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    struct Golden {
        templates: Vec<Vec<f64>>,
        signals: Vec<GoldenSignal>,
    }

    #[derive(Deserialize)]
    struct GoldenSignal {
        label: usize,
        uniform: [f64; 3],
        shift: usize,
        rates: [f64; 2],
        values: Vec<f64>,
    }

    fn distance(a: &[f64], b: &[f64]) -> f64 {
        a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
    }

    #[test]
    fn signals_are_those_of_the_package_if_it_draws_the_same() {
        let golden = include_str!("../../../tests/mnist1d/signals.json");
        let golden: Golden = serde_json::from_str(golden).unwrap();
        // The golden numbers are rounded to nine places.
        const ROUNDING: f64 = 1e-9;
        for (class, expected) in golden.templates.iter().enumerate() {
            assert!(distance(&template(class), expected).sqrt() < ROUNDING, "{class}");
        }
        for GoldenSignal { label, uniform, shift, rates, values } in golden.signals {
            let sines = |rate: f64| std::array::from_fn(|at| (rate * at as f64).sin());
            let [padding, scale, slope] = uniform;
            let choices = (PADDING[1] - PADDING[0] + 1) as f64;
            let draws = Draws {
                padding: PADDING[0] + (padding * choices) as usize,
                uniform: [scale, slope],
                shift,
                correlated: sines(rates[0]),
                independent: sines(rates[1]),
            };
            let found = draws.signal(&template(label));
            assert_eq!(found.len(), values.len());
            for (step, (found, expected)) in found.iter().zip(&values).enumerate() {
                assert!((found - expected).abs() < ROUNDING, "{label}, step {step}");
            }
        }
    }

    #[test]
    fn the_nearest_template_is_often_that_of_the_class_but_not_always() {
        // Templates without noise, at any shift.
        let mut clean = Vec::new();
        for class in 0..TEMPLATES.len() {
            for padding in [36, 44, 52, 60] {
                for shift in 0..MOST_SHIFT {
                    let [correlated, independent] = [[0.0; FINE]; 2];
                    let uniform = [0.5; 2];
                    let draws = Draws { padding, uniform, shift, correlated, independent };
                    clean.push((class, draws.signal(&template(class))));
                }
            }
        }
        let drawn = signals(500, &mut Stream::new(7, "signals"));
        let right = drawn.iter().filter(|LabelledSeries { values, answer }| {
            let values: Vec<f64> = values.iter().map(|&x| f64::from(x)).collect();
            let to = |(_, clean): &&(usize, Vec<f64>)| distance(&values, clean);
            let nearest = clean.iter().min_by(|a, b| to(a).total_cmp(&to(b))).unwrap();
            *answer == nearest.0.to_string().into()
        });
        let share = right.count() as f64 / drawn.len() as f64;
        assert!((0.6..0.95).contains(&share), "{share}");
    }
}
