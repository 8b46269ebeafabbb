//! Papers that rarefy reproduces. Each has a folder with its study files, published numbers,
//! questions, rules and figures.

pub mod darji2021;
