//! Papers that rarefy reproduces: a folder each, with its study files, its published numbers, its
//! questions and rules, and its own figures.

pub mod darji2021;
