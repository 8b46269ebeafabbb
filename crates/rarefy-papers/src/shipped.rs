//! Study files that are part of the product, and the data that they need.

use std::path::{Path, PathBuf};

use rarefy::study::{DataSource, Study};

/// What the files of MNIST are.
pub const MNIST: &str = "the four files of MNIST, unpacked";

/// A study file that is part of the product.
#[derive(Clone, Copy, Debug)]
pub struct Shipped {
    /// Its name, for messages.
    pub name: &'static str,
    /// What is in it.
    pub text: &'static str,
    /// What its files of data are and where they come from; `None` if its data are drawn.
    pub source: Option<&'static str>,
}

/// A file in `studies/`, next to the source file; with what its data are if it needs any.
macro_rules! shipped {
    ($name:literal) => {
        $crate::shipped::shipped!($name, None)
    };
    ($name:literal, $source:expr) => {
        $crate::shipped::Shipped {
            name: $name,
            text: include_str!(concat!("studies/", $name)),
            source: $source,
        }
    };
}
pub(crate) use shipped;

impl Shipped {
    /// The study; its files are those in `data`, if a folder is given.
    pub fn study(&self, data: Option<&Path>) -> Study {
        let parsed = Study::parse(self.text, self.name.as_ref());
        let mut study = parsed.expect("a shipped study file is one");
        if let (DataSource::Files(files), Some(folder)) = (&mut study.data, data) {
            for path in files.paths_mut() {
                *path = folder.join(&*path);
            }
        }
        study
    }

    /// The names of its files.
    pub fn files(&self) -> Vec<PathBuf> {
        match self.study(None).data {
            DataSource::Files(files) => files.paths().map(Path::to_owned).collect(),
            DataSource::Reber(_) | DataSource::Problem { .. } => Vec::new(),
        }
    }

    /// Those of its files that are not in the folder of data.
    pub fn missing(&self, data: Option<&Path>) -> Vec<PathBuf> {
        let is_there = |name: &PathBuf| data.is_some_and(|folder| folder.join(name).exists());
        self.files().into_iter().filter(|name| !is_there(name)).collect()
    }
}
