//! A weight matrix as C constants: all weights, its blocks of 8 x 4, or its entries, whichever is
//! smallest.

use std::fmt::Write;
use std::ops::AddAssign;

use crate::quantize;

/// The cost of a network where it is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Cost {
    /// Bytes of the recurrent weights, input-to-hidden and hidden-to-hidden, including the data
    /// about their positions in their matrices and their scales.
    pub weight_bytes: usize,
    /// Bytes of everything that pruning leaves unchanged: embedding, biases, readout, the table of
    /// characters or words or the scaling, and in integers the table of tanh.
    pub other_bytes: usize,
    /// Multiply-adds per step in products with recurrent weights.
    pub multiply_adds: usize,
    /// Multiply-adds per answer.
    pub readout_multiply_adds: usize,
}

impl Cost {
    /// Bytes of all constants.
    pub fn bytes(self) -> usize {
        self.weight_bytes + self.other_bytes
    }

    /// That of a matrix as part of the readout.
    pub(super) fn of_readout(self) -> Self {
        Self {
            other_bytes: self.weight_bytes,
            readout_multiply_adds: self.multiply_adds,
            ..Self::default()
        }
    }
}

impl AddAssign for Cost {
    fn add_assign(&mut self, other: Self) {
        self.weight_bytes += other.weight_bytes;
        self.other_bytes += other.other_bytes;
        self.multiply_adds += other.multiply_adds;
        self.readout_multiply_adds += other.readout_multiply_adds;
    }
}

/// The unsigned integer types for positions and counts in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Width {
    U8,
    U16,
    U32,
}

impl Width {
    /// The narrowest type that can hold `largest`.
    pub(super) fn of(largest: usize) -> Self {
        match largest {
            0..=0xff => Self::U8,
            0x100..=0xffff => Self::U16,
            _ => Self::U32,
        }
    }

    pub(super) fn bytes(self) -> usize {
        match self {
            Self::U8 => 1,
            Self::U16 => 2,
            Self::U32 => 4,
        }
    }

    fn bits(self) -> usize {
        8 * self.bytes()
    }

    /// The type's name in C.
    pub(super) fn name(self) -> String {
        format!("uint{}_t", self.bits())
    }
}

/// What weights are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Element {
    Float,
    /// With a multiplier for each row ([`quantize::Matrix`]).
    Integer,
}

/// The rows and columns of a block.
const BLOCK: [usize; 2] = [8, 4];
/// The largest distance from an entry to the next.
const FARTHEST: usize = 255;

/// A matrix that has weights left.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Matrix {
    rows: usize,
    columns: usize,
    /// In the order in which they are multiplied.
    weights: Weights,
    form: Form,
}

#[derive(Clone, Debug, PartialEq)]
enum Weights {
    Floats(Vec<f32>),
    Integers { weights: Vec<i8>, multipliers: Vec<u8>, shift: i32 },
}

/// Which weights there are.
#[derive(Clone, Debug, PartialEq)]
enum Form {
    /// All, row by row.
    Dense,
    /// The entries of one row after another.
    Entries {
        /// From the entry before, or from the beginning of the row.
        gaps: Vec<usize>,
        /// Entries of each row.
        counts: Vec<usize>,
    },
    /// Whole blocks, row by row within each. If `units` is above 0, the diagonals of the squares of
    /// `units` rows come before them.
    Blocks {
        units: usize,
        /// The first column of each block, divided by 4.
        places: Vec<usize>,
        /// Blocks of each eight rows.
        counts: Vec<usize>,
    },
}

/// The functions for products that a file needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Product {
    element: Element,
    form: ProductForm,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum ProductForm {
    Dense,
    Entries { counts: Width },
    Blocks { places: Width, counts: Width },
}

impl Form {
    /// The forms of a matrix in which `left` tells of each weight whether it is there, each with the
    /// places of the weights that it stores; `None` is the place of a zero. A recurrent matrix has
    /// squares of `units` rows; 0 for others.
    fn all(left: &[bool], columns: usize, units: usize) -> Vec<(Self, Vec<Option<usize>>)> {
        let rows = left.len() / columns;
        let mut forms = vec![(Self::Dense, (0..left.len()).map(Some).collect())];
        let (mut gaps, mut counts, mut places) = (Vec::new(), Vec::new(), Vec::new());
        for row in 0..rows {
            let (mut at, first) = (0, gaps.len());
            for column in (0..columns).filter(|column| left[row * columns + column]) {
                while column - at > FARTHEST {
                    gaps.push(FARTHEST);
                    places.push(None);
                    at += FARTHEST;
                }
                gaps.push(column - at);
                places.push(Some(row * columns + column));
                at = column;
            }
            counts.push(gaps.len() - first);
        }
        forms.push((Self::Entries { gaps, counts }, places));
        let [height, width] = BLOCK;
        if rows.is_multiple_of(height) && columns.is_multiple_of(width) {
            for units in if units == 0 { vec![0] } else { vec![0, units] } {
                forms.push(Self::blocks(left, columns, units));
            }
        }
        forms
    }

    fn blocks(left: &[bool], columns: usize, units: usize) -> (Self, Vec<Option<usize>>) {
        let [height, width] = BLOCK;
        let rows = left.len() / columns;
        let is_apart = |row: usize, column: usize| units > 0 && row % units == column;
        let mut stored = Vec::new();
        if units > 0 {
            stored.extend((0..rows).map(|row| Some(row * columns + row % units)));
        }
        let (mut places, mut counts) = (Vec::new(), Vec::new());
        for first in (0..rows).step_by(height) {
            let before = places.len();
            for column in (0..columns).step_by(width) {
                let all = (first..first + height)
                    .flat_map(|row| (column..column + width).map(move |column| (row, column)));
                let of = |(row, column): (usize, usize)| {
                    let place = row * columns + column;
                    (left[place] && !is_apart(row, column)).then_some(place)
                };
                let weights: Vec<Option<usize>> = all.map(of).collect();
                if weights.iter().any(Option::is_some) {
                    places.push(column / width);
                    stored.extend(weights);
                }
            }
            counts.push(places.len() - before);
        }
        (Self::Blocks { units, places, counts }, stored)
    }

    fn product(&self) -> ProductForm {
        let width = |of: &[usize]| Width::of(of.iter().copied().max().unwrap_or(0));
        match self {
            Self::Dense => ProductForm::Dense,
            Self::Entries { counts, .. } => ProductForm::Entries { counts: width(counts) },
            Self::Blocks { places, counts, .. } => {
                ProductForm::Blocks { places: width(places), counts: width(counts) }
            }
        }
    }

    /// Bytes of the positions of weights.
    fn bytes(&self) -> usize {
        match (self, self.product()) {
            (Self::Entries { gaps, counts }, ProductForm::Entries { counts: count }) => {
                gaps.len() + count.bytes() * counts.len()
            }
            (
                Self::Blocks { places, counts, .. },
                ProductForm::Blocks { places: place, counts: count },
            ) => place.bytes() * places.len() + count.bytes() * counts.len(),
            _ => 0,
        }
    }
}

impl Matrix {
    /// From weights `[rows][columns]`, of which those with `left` are not masked; `None` if none is
    /// left. A recurrent matrix has squares of `units` rows; 0 for others.
    pub(super) fn of_floats(
        weights: &[f32],
        left: &[bool],
        columns: usize,
        units: usize,
    ) -> Option<Self> {
        Self::smallest(left, columns, units, 4, |places| {
            Weights::Floats(
                places.iter().map(|place| place.map_or(0.0, |at| weights[at])).collect(),
            )
        })
    }

    /// The same of integers. A weight that was rounded to 0 is not needed.
    pub(super) fn of_integers(matrix: &quantize::Matrix, units: usize) -> Option<Self> {
        let left: Vec<bool> = matrix.weights.iter().map(|&weight| weight != 0).collect();
        Self::smallest(&left, matrix.columns, units, 1, |places| Weights::Integers {
            weights: places.iter().map(|place| place.map_or(0, |at| matrix.weights[at])).collect(),
            multipliers: matrix.multipliers.clone(),
            shift: matrix.shift,
        })
    }

    fn smallest(
        left: &[bool],
        columns: usize,
        units: usize,
        bytes: usize,
        weights: impl Fn(&[Option<usize>]) -> Weights,
    ) -> Option<Self> {
        if !left.contains(&true) {
            return None;
        }
        let forms = Form::all(left, columns, units).into_iter();
        let (form, places) =
            forms.min_by_key(|(form, places)| bytes * places.len() + form.bytes())?;
        let rows = left.len() / columns;
        Some(Self { rows, columns, weights: weights(&places), form })
    }

    fn element(&self) -> Element {
        match self.weights {
            Weights::Floats(_) => Element::Float,
            Weights::Integers { .. } => Element::Integer,
        }
    }

    pub(super) fn product(&self) -> Product {
        Product { element: self.element(), form: self.form.product() }
    }

    pub(super) fn cost(&self) -> Cost {
        let (bytes, multiply_adds) = match &self.weights {
            Weights::Floats(weights) => (4 * weights.len(), weights.len()),
            Weights::Integers { weights, multipliers, .. } => {
                (weights.len() + multipliers.len(), weights.len())
            }
        };
        let weight_bytes = bytes + self.form.bytes();
        Cost { weight_bytes, multiply_adds, ..Cost::default() }
    }

    /// The constants of the matrix; their names begin with `name`.
    pub(super) fn constants(&self, name: &str) -> String {
        let weights = match &self.weights {
            Weights::Floats(weights) => floats(name, weights),
            Weights::Integers { weights, multipliers, .. } => {
                let multipliers: Vec<usize> = multipliers.iter().map(|&m| m.into()).collect();
                signed("int8_t", name, weights)
                    + &integers(&format!("{name}_scales"), Width::U8, &multipliers)
            }
        };
        let more = |what: &str, width, values: &[usize]| {
            integers(&format!("{name}_{what}"), width, values)
        };
        weights
            + &match (&self.form, self.form.product()) {
                (Form::Entries { gaps, counts }, ProductForm::Entries { counts: count }) => {
                    more("gaps", Width::U8, gaps) + &more("counts", count, counts)
                }
                (
                    Form::Blocks { places, counts, .. },
                    ProductForm::Blocks { places: place, counts: count },
                ) => more("places", place, places) + &more("counts", count, counts),
                _ => String::new(),
            }
    }

    /// The statement that adds the matrix's product with `input` to `sums`.
    pub(super) fn call(&self, name: &str, input: &str, sums: &str) -> String {
        let function = self.product().name();
        let scales = match &self.weights {
            Weights::Floats(_) => String::new(),
            Weights::Integers { shift, .. } => format!("{name}_scales, {shift}, "),
        };
        let rows = self.rows;
        let form = match &self.form {
            Form::Dense => format!("{rows}, {}", self.columns),
            Form::Entries { .. } => format!("{name}_gaps, {name}_counts, {rows}"),
            Form::Blocks { units, .. } => {
                format!("{name}_places, {name}_counts, {rows}, {units}")
            }
        };
        format!("    {function}({name}, {scales}{form}, {input}, {sums});\n")
    }
}

impl Product {
    fn name(self) -> String {
        match self.form {
            ProductForm::Dense => "add_dense".to_owned(),
            ProductForm::Entries { counts } => format!("add_entries_{}", counts.bits()),
            ProductForm::Blocks { places, counts } => {
                format!("add_blocks_{}_{}", places.bits(), counts.bits())
            }
        }
    }

    /// Whether it calls the function for four products of integers.
    pub(super) fn adds_fours(self) -> bool {
        self.element == Element::Integer && !matches!(self.form, ProductForm::Entries { .. })
    }

    /// The function's definition.
    pub(super) fn definition(self) -> String {
        let (text, places, counts) = match (self.element, self.form) {
            (Element::Float, ProductForm::Dense) => {
                (include_str!("product/float/dense.c"), None, None)
            }
            (Element::Float, ProductForm::Entries { counts }) => {
                (include_str!("product/float/entries.c"), None, Some(counts))
            }
            (Element::Float, ProductForm::Blocks { places, counts }) => {
                (include_str!("product/float/blocks.c"), Some(places), Some(counts))
            }
            (Element::Integer, ProductForm::Dense) => {
                (include_str!("product/integer/dense.c"), None, None)
            }
            (Element::Integer, ProductForm::Entries { counts }) => {
                (include_str!("product/integer/entries.c"), None, Some(counts))
            }
            (Element::Integer, ProductForm::Blocks { places, counts }) => {
                (include_str!("product/integer/blocks.c"), Some(places), Some(counts))
            }
        };
        let name = |width: Option<Width>| width.map_or(String::new(), Width::name);
        text.replace("PLACE", &name(places))
            .replace("COUNT", &name(counts))
            .replace("FUNCTION", &self.name())
    }
}

/// A constant array of floats, in the shortest decimals from which a compiler reads the same
/// values.
pub(super) fn floats(name: &str, values: &[f32]) -> String {
    array("float", name, values.iter().map(|value| format!("{value:?}f")), values.len())
}

/// A constant array of whole numbers.
pub(super) fn integers(name: &str, width: Width, values: &[usize]) -> String {
    array(&width.name(), name, values.iter().map(usize::to_string), values.len())
}

/// A constant array of integers of this C type.
pub(super) fn signed<T: ToString>(kind: &str, name: &str, values: &[T]) -> String {
    array(kind, name, values.iter().map(T::to_string), values.len())
}

fn array(kind: &str, name: &str, values: impl Iterator<Item = String>, count: usize) -> String {
    const WIDEST: usize = 98;
    let mut text = format!("static RAREFY_CONST {kind} {name}[{count}] = {{");
    let mut line = WIDEST;
    for value in values {
        if line + value.len() + 2 > WIDEST {
            text += "\n    ";
            line = 4;
        }
        _ = write!(text, "{value},");
        line += value.len() + 1;
    }
    text + "\n};\n\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A matrix `[rows][columns]` in which these weights are left.
    fn matrix(rows: usize, columns: usize, left: impl Fn(usize, usize) -> bool) -> Option<Matrix> {
        let left: Vec<bool> =
            (0..rows * columns).map(|at| left(at / columns, at % columns)).collect();
        Matrix::of_floats(&vec![0.5; rows * columns], &left, columns, rows)
    }

    #[test]
    fn a_matrix_is_kept_in_the_form_that_is_smallest() {
        // 4 bytes per entry and 1 for its gap, and 1 for the count of a row.
        let entries = matrix(2, 10, |row, column| row == 0 && column < 3).unwrap();
        assert_eq!((entries.cost().weight_bytes, entries.cost().multiply_adds), (3 * 5 + 2, 3));
        let dense = matrix(2, 10, |_, column| column < 9).unwrap();
        assert_eq!((dense.cost().weight_bytes, dense.cost().multiply_adds), (4 * 20, 20));
        assert_eq!(matrix(1, 10, |_, _| false), None);
        // Two blocks, with a byte each for place and count.
        let blocks = matrix(16, 16, |row, column| row / 8 == column / 8 && column % 8 < 4).unwrap();
        assert_eq!((blocks.cost().weight_bytes, blocks.cost().multiply_adds), (64 * 4 + 4, 64));
        // The same and the diagonal.
        let block = |row: usize, column: usize| row / 8 == 1 && column < 4;
        let blocks = matrix(16, 16, |row, column| row == column || block(row, column)).unwrap();
        assert_eq!(blocks.cost().weight_bytes, (16 + 32) * 4 + 3);
    }

    #[test]
    fn a_gap_that_does_not_fit_a_byte_is_bridged_by_zeros() {
        let far = matrix(1, 1000, |_, column| [3, 4, 900].contains(&column)).unwrap();
        let Form::Entries { gaps, counts } = &far.form else { panic!("entries") };
        assert_eq!((&gaps[..], &counts[..]), (&[3, 1, 255, 255, 255, 131][..], &[6][..]));
        assert_eq!(far.weights, Weights::Floats(vec![0.5, 0.5, 0.0, 0.0, 0.0, 0.5]));
    }

    #[test]
    fn integers_are_as_wide_as_the_largest_needs() {
        assert_eq!([255, 256, 65536].map(Width::of), [Width::U8, Width::U16, Width::U32]);
    }

    #[test]
    fn floats_are_constants_of_type_float() {
        let text = floats("w", &[0.1, -3.0, 1e-10, f32::MAX]);
        assert_eq!(
            text,
            "static RAREFY_CONST float w[4] = {\n    0.1f,-3.0f,1e-10f,3.4028235e38f,\n};\n\n"
        );
    }
}
