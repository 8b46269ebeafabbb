//! A weight matrix as C constants, either only its entries or all weights, whichever is smaller.

use std::fmt::Write;
use std::ops::AddAssign;

/// The cost of a network where it is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Cost {
    /// Bytes of the recurrent weights, input-to-hidden and hidden-to-hidden, including the data
    /// about their positions in their matrices.
    pub weight_bytes: usize,
    /// Bytes of everything that pruning leaves unchanged: embedding, biases, readout, and the table
    /// of characters or words or the scaling.
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

/// The representation of a matrix.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Matrix {
    /// No weights remain.
    Empty,
    /// `[rows][columns]`
    Dense { rows: usize, columns: usize, weights: Vec<f32> },
    /// The entries of one row after another.
    Sparse {
        rows: usize,
        weights: Vec<f32>,
        /// The column of each entry, ascending within a row.
        columns: Vec<usize>,
        /// Number of entries in each row.
        counts: Vec<usize>,
    },
}

/// The functions for products that a file needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Product {
    Dense,
    Sparse { columns: Width, counts: Width },
}

impl Matrix {
    /// From `rows` of equal length; `None` represents a masked weight.
    pub(super) fn new(rows: &[Vec<Option<f32>>]) -> Self {
        let width = rows.first().map_or(0, Vec::len);
        let left = |row: &Vec<Option<f32>>| row.iter().flatten().count();
        let counts: Vec<usize> = rows.iter().map(left).collect();
        let places = rows.iter().flat_map(|row| row.iter().enumerate());
        let entries = places.filter_map(|(column, weight)| Some((column, (*weight)?)));
        let (columns, weights): (Vec<usize>, Vec<f32>) = entries.unzip();
        if weights.is_empty() {
            return Self::Empty;
        }
        let sparse = Self::Sparse { rows: rows.len(), weights, columns, counts };
        let weights = rows.iter().flatten().map(|weight| weight.unwrap_or(0.0)).collect();
        let dense = Self::Dense { rows: rows.len(), columns: width, weights };
        if sparse.cost().weight_bytes < dense.cost().weight_bytes { sparse } else { dense }
    }

    pub(super) fn product(&self) -> Option<Product> {
        match self {
            Self::Empty => None,
            Self::Dense { .. } => Some(Product::Dense),
            Self::Sparse { columns, counts, .. } => Some(Product::Sparse {
                columns: Width::of(columns.iter().copied().max().unwrap_or(0)),
                counts: Width::of(counts.iter().copied().max().unwrap_or(0)),
            }),
        }
    }

    pub(super) fn cost(&self) -> Cost {
        let (bytes, multiply_adds) = match (self, self.product()) {
            (Self::Dense { weights, .. }, _) => (4 * weights.len(), weights.len()),
            (Self::Sparse { weights, rows, .. }, Some(Product::Sparse { columns, counts })) => {
                ((4 + columns.bytes()) * weights.len() + counts.bytes() * rows, weights.len())
            }
            _ => (0, 0),
        };
        Cost { weight_bytes: bytes, multiply_adds, ..Cost::default() }
    }

    /// The constants of the matrix; their names begin with `name`.
    pub(super) fn constants(&self, name: &str) -> String {
        match (self, self.product()) {
            (Self::Dense { weights, .. }, _) => floats(name, weights),
            (
                Self::Sparse { weights, columns, counts, .. },
                Some(Product::Sparse { columns: column, counts: count }),
            ) => {
                floats(name, weights)
                    + &integers(&format!("{name}_columns"), column, columns)
                    + &integers(&format!("{name}_counts"), count, counts)
            }
            _ => String::new(),
        }
    }

    /// The statement that adds the matrix's product with `input` to `sums`.
    pub(super) fn call(&self, name: &str, input: &str, sums: &str) -> String {
        match (self, self.product()) {
            (Self::Dense { rows, columns, .. }, Some(product)) => {
                format!("    {}({name}, {rows}, {columns}, {input}, {sums});\n", product.name())
            }
            (Self::Sparse { rows, .. }, Some(product)) => format!(
                "    {}({name}, {name}_columns, {name}_counts, {rows}, {input}, {sums});\n",
                product.name()
            ),
            _ => String::new(),
        }
    }
}

impl Product {
    fn name(self) -> String {
        match self {
            Self::Dense => "add_dense".to_owned(),
            Self::Sparse { columns, counts } => {
                format!("add_sparse_{}_{}", columns.bits(), counts.bits())
            }
        }
    }

    /// The function's definition.
    pub(super) fn definition(self) -> String {
        let name = self.name();
        match self {
            Self::Dense => format!(
                "/* sums[rows] += weights[rows][columns] * input[columns] */\n\
                 static void {name}(RAREFY_CONST float *weights, int rows, int columns,\n\
                 \x20   const float *input, float *sums)\n\
                 {{\n\
                 \x20   int row, column;\n\
                 \x20   for (row = 0; row < rows; row++) {{\n\
                 \x20       float sum = sums[row];\n\
                 \x20       for (column = 0; column < columns; column++) {{\n\
                 \x20           sum += *weights++ * input[column];\n\
                 \x20       }}\n\
                 \x20       sums[row] = sum;\n\
                 \x20   }}\n\
                 }}\n\n"
            ),
            Self::Sparse { columns, counts } => {
                let (column, count) = (columns.name(), counts.name());
                format!(
                    "/* The same of a matrix of which row r has counts[r] entries. */\n\
                     static void {name}(RAREFY_CONST float *weights,\n\
                     \x20   RAREFY_CONST {column} *columns, RAREFY_CONST {count} *counts, int rows,\n\
                     \x20   const float *input, float *sums)\n\
                     {{\n\
                     \x20   int row;\n\
                     \x20   for (row = 0; row < rows; row++) {{\n\
                     \x20       float sum = sums[row];\n\
                     \x20       {count} left;\n\
                     \x20       for (left = counts[row]; left > 0; left--) {{\n\
                     \x20           sum += *weights++ * input[*columns++];\n\
                     \x20       }}\n\
                     \x20       sums[row] = sum;\n\
                     \x20   }}\n\
                     }}\n\n"
                )
            }
        }
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

    #[test]
    fn a_matrix_is_kept_by_its_entries_where_that_is_smaller() {
        let row = |kept: usize| {
            (0..10).map(|at| (at < kept).then_some(0.5)).collect::<Vec<Option<f32>>>()
        };
        // 4 bytes per entry and 1 for its column, and 1 for the count of a row.
        let sparse = Matrix::new(&[row(3), row(0)]);
        assert_eq!(sparse.cost().weight_bytes, 3 * 5 + 2);
        assert_eq!(sparse.cost().multiply_adds, 3);
        let dense = Matrix::new(&[row(8), row(8)]);
        assert_eq!(dense.cost().weight_bytes, 4 * 20);
        assert_eq!(dense.cost().multiply_adds, 20);
        assert_eq!(Matrix::new(&[row(0)]), Matrix::Empty);
        assert_eq!(Matrix::Empty.constants("w"), "");
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
