//! Problems, and how their series are drawn.

use super::signals::{self, signals};
use crate::data::{Answer, LabelledSeries, SeriesSet};
use crate::random::Stream;

/// A problem whose answers are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// The sum of two numbers of a series, which a second channel marks with 1: one in each half
    /// (Hochreiter and Schmidhuber 1997). Answering 1 always has a mean squared error of 1/6.
    Adding {
        /// `T`, at least 2.
        steps: usize,
    },
    /// Ten symbols to be repeated after a delay: blanks, a signal, and ten more blanks. The answer
    /// at each step is a blank (label 0), and after the signal the ten symbols in their order (1 to
    /// 8; Arjovsky et al. 2016, after Hochreiter and Schmidhuber 1997). Channels are one-hot: blank,
    /// eight symbols, signal.
    Copying {
        /// Blanks between the symbols and the end of the signal, at least 1. A series has 20 steps
        /// more.
        delay: usize,
    },
    /// Whether an odd number of three successive bits (1 and -1) was 1, the last of them some steps
    /// ago. The first steps have no label.
    Parity {
        /// `T`, more than the delay and two.
        steps: usize,
        /// Steps from the last of the three bits to the answer.
        delay: usize,
    },
    /// The next numbers of the Mackey-Glass equation with a delay of 17 (Mackey and Glass 1977),
    /// one for each unit of time: `dx/dt = 0.2 x(t - 17) / (1 + x(t - 17)^10) - 0.1 x(t)`.
    MackeyGlass {
        /// `T`, at least 1.
        steps: usize,
        /// How many numbers are asked at the end, at least 1.
        ahead: usize,
    },
    /// Signals of 40 steps like those of MNIST-1D (Greydanus 2020): the template of one of ten
    /// classes, of any length and height, anywhere in the signal, with smooth noise around it and a
    /// slope. The classes have equal shares.
    Signals,
}

/// Symbols of the copying problem, and how many are copied.
const SYMBOLS: usize = 8;
const COPIED: usize = 10;

impl Problem {
    /// Draws `count` series.
    ///
    /// # Panics
    /// If a setting is smaller than it can be, or there are none to draw.
    pub fn draw(self, count: usize, stream: &mut Stream) -> SeriesSet<'static> {
        assert!(count > 0, "no series to draw");
        let mut all = |one: &dyn Fn(&mut Stream) -> LabelledSeries<'static>| {
            (0..count).map(|_| one(stream)).collect()
        };
        let series = match self {
            Self::Adding { steps } => all(&|stream| adding(steps, stream)),
            Self::Copying { delay } => all(&|stream| copying(delay, stream)),
            Self::Parity { steps, delay } => all(&|stream| parity(steps, delay, stream)),
            Self::MackeyGlass { steps, ahead } => all(&|stream| mackey_glass(steps, ahead, stream)),
            Self::Signals => signals(count, stream),
        };
        SeriesSet { channels: self.channels(), series }
    }

    /// Numbers in a step.
    pub fn channels(self) -> usize {
        match self {
            Self::Adding { .. } => 2,
            Self::Copying { .. } => SYMBOLS + 2,
            Self::Parity { .. } | Self::MackeyGlass { .. } | Self::Signals => 1,
        }
    }

    /// Steps of a series.
    pub fn steps(self) -> usize {
        match self {
            Self::Adding { steps } | Self::Parity { steps, .. } => steps,
            Self::MackeyGlass { steps, .. } => steps,
            Self::Copying { delay } => delay + 2 * COPIED,
            Self::Signals => signals::STEPS,
        }
    }
}

fn adding(steps: usize, stream: &mut Stream) -> LabelledSeries<'static> {
    assert!(steps >= 2, "two numbers are added");
    let numbers: Vec<f32> = (0..steps).map(|_| stream.uniform() as f32).collect();
    let half = steps / 2;
    let marked = [stream.index(half), half + stream.index(steps - half)];
    let step = |(at, &number)| [number, f32::from(marked.contains(&at))];
    let values = numbers.iter().enumerate().flat_map(step).collect();
    LabelledSeries {
        values,
        answer: Answer::Numbers(vec![marked.map(|at| numbers[at]).iter().sum()]),
    }
}

fn copying(delay: usize, stream: &mut Stream) -> LabelledSeries<'static> {
    assert!(delay >= 1, "the signal takes a step");
    let (blank, signal) = (0, SYMBOLS + 1);
    let copied: Vec<usize> = (0..COPIED).map(|_| 1 + stream.index(SYMBOLS)).collect();
    let blanks = |count| std::iter::repeat_n(blank, count);
    let shown = copied.iter().copied().chain(blanks(delay - 1)).chain([signal]);
    let shown = shown.chain(blanks(COPIED));
    let one_hot = |symbol| (0..SYMBOLS + 2).map(move |channel| f32::from(channel == symbol));
    let answers = blanks(COPIED + delay).chain(copied.iter().copied());
    LabelledSeries {
        values: shown.flat_map(one_hot).collect(),
        answer: Answer::StepLabels(answers.map(|symbol| Some(symbol.to_string())).collect()),
    }
}

fn parity(steps: usize, delay: usize, stream: &mut Stream) -> LabelledSeries<'static> {
    let first = delay + 2;
    assert!(steps > first, "no step has three bits before it");
    let bits: Vec<bool> = (0..steps).map(|_| stream.coin()).collect();
    let odd = |step: usize| {
        let seen = &bits[step - first..=step - delay];
        seen.iter().fold(false, |odd, &bit| odd != bit)
    };
    let label = |step| (step >= first).then(|| u8::from(odd(step)).to_string());
    LabelledSeries {
        values: bits.iter().map(|&bit| if bit { 1.0 } else { -1.0 }).collect(),
        answer: Answer::StepLabels((0..steps).map(label).collect()),
    }
}

/// From a constant past that is drawn, after the time in which it is forgotten.
fn mackey_glass(steps: usize, ahead: usize, stream: &mut Stream) -> LabelledSeries<'static> {
    assert!(steps > 0 && ahead > 0, "nothing is shown, or nothing asked");
    /// Steps of integration in a unit of time.
    const FINE: usize = 10;
    const DELAY: usize = 17;
    const FORGOTTEN: usize = 300;
    let mut x = vec![stream.uniform_in(0.5, 1.5); DELAY * FINE + 1];
    let slope = |x: f64, before: f64| 0.2 * before / (1.0 + before.powi(10)) - 0.1 * x;
    let step = 1.0 / FINE as f64;
    for now in x.len() - 1..(DELAY + FORGOTTEN + steps + ahead) * FINE {
        // Runge-Kutta of the fourth order; half a step later, the past is between two values.
        let [past, next] = [x[now - DELAY * FINE], x[now + 1 - DELAY * FINE]];
        let half = f64::midpoint(past, next);
        let a = slope(x[now], past);
        let b = slope(x[now] + step / 2.0 * a, half);
        let c = slope(x[now] + step / 2.0 * b, half);
        let d = slope(x[now] + step * c, next);
        x.push(x[now] + step / 6.0 * (a + 2.0 * b + 2.0 * c + d));
    }
    let numbers = x.iter().step_by(FINE).skip(DELAY + FORGOTTEN).map(|&x| x as f32);
    let mut values: Vec<f32> = numbers.take(steps + ahead).collect();
    let answer = Answer::Numbers(values.split_off(steps));
    LabelledSeries { values: values.into(), answer }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(problem: Problem, count: usize) -> SeriesSet<'static> {
        problem.draw(count, &mut Stream::new(3, "problem"))
    }

    #[test]
    fn the_marked_numbers_are_added() {
        for steps in [2, 3, 50] {
            let set = drawn(Problem::Adding { steps }, 200);
            for series in &set.series {
                let marked: Vec<(usize, f32)> = series
                    .values
                    .chunks(2)
                    .enumerate()
                    .filter(|(_, step)| step[1] == 1.0)
                    .map(|(at, step)| (at, step[0]))
                    .collect();
                let [(first, a), (second, b)] = marked[..] else { panic!("two are marked") };
                assert!(first < steps / 2 && second >= steps / 2 && second < steps);
                assert_eq!(series.answer, Answer::Numbers(vec![a + b]));
                assert_eq!(series.values.len(), 2 * steps);
            }
        }
    }

    #[test]
    fn ten_symbols_come_back_after_the_delay() {
        let set = drawn(Problem::Copying { delay: 30 }, 20);
        for series in &set.series {
            let shown: Vec<usize> = series
                .values
                .chunks(set.channels)
                .map(|step| {
                    assert_eq!(step.iter().sum::<f32>(), 1.0);
                    step.iter().position(|&x| x == 1.0).unwrap()
                })
                .collect();
            let answers: Vec<usize> =
                series.answer.labels().map(|label| label.parse().unwrap()).collect();
            assert_eq!((shown.len(), answers.len()), (50, 50));
            assert_eq!(answers[40..], shown[..10]);
            assert!(answers[..40].iter().all(|&answer| answer == 0));
            assert_eq!(shown.iter().position(|&symbol| symbol == 9), Some(39));
        }
    }

    #[test]
    fn parity_is_that_of_three_bits_before_the_delay() {
        for delay in [0, 4] {
            let set = drawn(Problem::Parity { steps: 20, delay }, 50);
            for LabelledSeries { values, answer } in &set.series {
                let Answer::StepLabels(labels) = answer else { panic!("labels at steps") };
                for (step, label) in labels.iter().enumerate() {
                    let Some(label) = label else {
                        assert!(step < delay + 2);
                        continue;
                    };
                    let product: f32 = (0..3).map(|back| values[step - delay - back]).product();
                    // Each 1 among three bits changes the sign of minus one to the third.
                    assert_eq!(label == "1", product == 1.0, "{step}: {values:?}");
                }
            }
        }
    }

    #[test]
    fn signals_are_of_ten_classes_in_equal_shares_and_come_again() {
        let set = drawn(Problem::Signals, 205);
        let mut counts = [0; 10];
        for series in &set.series {
            assert_eq!(series.values.len(), 40);
            let labels: Vec<&str> = series.answer.labels().collect();
            counts[labels[0].parse::<usize>().unwrap()] += 1;
        }
        assert_eq!(counts, [21, 21, 21, 21, 21, 20, 20, 20, 20, 20]);
        assert_eq!(set, drawn(Problem::Signals, 205));
        assert_ne!(set, Problem::Signals.draw(205, &mut Stream::new(4, "problem")));
    }

    #[test]
    fn every_problem_has_the_shape_that_it_says() {
        for problem in [
            Problem::Adding { steps: 9 },
            Problem::Copying { delay: 3 },
            Problem::Parity { steps: 9, delay: 2 },
            Problem::MackeyGlass { steps: 9, ahead: 2 },
            Problem::Signals,
        ] {
            let set = drawn(problem, 3);
            assert_eq!(set.channels, problem.channels());
            assert_eq!(set.series[0].values.len(), problem.steps() * set.channels, "{problem:?}");
        }
    }

    #[test]
    fn mackey_glass_obeys_its_equation() {
        let set = drawn(Problem::MackeyGlass { steps: 400, ahead: 50 }, 3);
        for LabelledSeries { values, answer } in &set.series {
            let Answer::Numbers(next) = answer else { panic!("numbers") };
            let x: Vec<f64> = values.iter().chain(next).map(|&x| f64::from(x)).collect();
            assert_eq!(x.len(), 450);
            assert!(x.iter().all(|x| (0.2..1.5).contains(x)), "the attractor's range");
            for at in 19..448 {
                // The slope by differences of the fourth order, in units of time.
                let by_difference =
                    (x[at - 2] - 8.0 * x[at - 1] + 8.0 * x[at + 1] - x[at + 2]) / 12.0;
                let past = x[at - 17];
                let slope = 0.2 * past / (1.0 + past.powi(10)) - 0.1 * x[at];
                assert!((by_difference - slope).abs() < 4e-3, "{at}: {by_difference}, {slope}");
            }
        }
        assert_ne!(set.series[0], set.series[1]);
    }
}
