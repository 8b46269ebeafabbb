//! Which file imports which, according to a crate's sources: `use` declarations and paths in the
//! code, in whole files except `#[cfg(test)]`.
//!
//! A name that a file re-exports counts as an import of the file that defines it. A file's
//! re-exports from files below it do not count as imports.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Names of modules, starting at the crate's root; empty for the root.
pub type Module = Vec<String>;

/// The sources of a crate.
pub struct Sources {
    files: BTreeMap<Module, File>,
}

struct File {
    uses: Vec<Use>,
    /// Paths that occur in the code.
    paths: Vec<Module>,
}

struct Use {
    path: Module,
    /// Its name in this file; `*` for everything.
    name: String,
    public: bool,
}

impl Sources {
    /// Reads the sources in the folder `src`.
    pub fn read(src: &Path) -> Self {
        let mut files = BTreeMap::new();
        let mut folders = vec![(src.to_owned(), Vec::new())];
        while let Some((folder, module)) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
                let own = [&module[..], std::slice::from_ref(&name)].concat();
                // Folders and files of tests are in no room.
                if name == "tests" || name == "main" {
                    continue;
                }
                if path.is_dir() {
                    folders.push((path, own));
                } else if path.extension().is_some_and(|extension| extension == "rs") {
                    let own = if name == "mod" || name == "lib" { module.clone() } else { own };
                    files.insert(own, File::parse(&std::fs::read_to_string(&path).unwrap()));
                }
            }
        }
        Self { files }
    }

    /// Every file.
    pub fn modules(&self) -> impl Iterator<Item = &Module> {
        self.files.keys()
    }

    /// First names of paths that lead out of the crate or name no module here.
    pub fn foreign(&self) -> BTreeSet<&str> {
        let uses = self.files.values().flat_map(|file| file.uses.iter().map(|one| &one.path));
        let paths = self.files.values().flat_map(|file| &file.paths);
        uses.chain(paths).filter_map(|path| path.first().map(String::as_str)).collect()
    }

    /// Each import of another file, as importer and imported.
    pub fn imports(&self) -> BTreeSet<(Module, Module)> {
        let mut imports = BTreeSet::new();
        for (at, file) in &self.files {
            let uses = file.uses.iter().filter_map(|one| {
                let path = self.absolute(at, &one.path, 0)?;
                (!(one.public && path.len() > at.len() && path.starts_with(at))).then_some(path)
            });
            let paths = file.paths.iter().filter_map(|path| self.absolute(at, path, 0));
            let homes = uses.chain(paths).map(|path| self.home(&path, 0));
            imports.extend(homes.filter(|home| home != at).map(|home| (at.clone(), home)));
        }
        imports
    }

    /// A path from the crate's root; `None` if it leads out of the crate.
    fn absolute(&self, at: &Module, path: &[String], depth: usize) -> Option<Module> {
        let (first, rest) = path.split_first()?;
        if depth > 8 {
            return None;
        }
        match first.as_str() {
            "crate" => Some(rest.to_vec()),
            "self" => Some([at, rest].concat()),
            "super" => {
                let up: Module = at[..at.len().checked_sub(1)?].to_vec();
                let on = rest.first().is_some_and(|next| next == "super");
                if on { self.absolute(&up, rest, depth) } else { Some([&up[..], rest].concat()) }
            }
            name => {
                let below = [&at[..], std::slice::from_ref(first)].concat();
                if self.files.contains_key(&below) {
                    return Some([&below[..], rest].concat());
                }
                let named = self.files[at].uses.iter().find(|one| one.name == name)?;
                // For `use parquet::...` in a module of the same name.
                let own = named.path.first().is_some_and(|first| first != name);
                let path = self.absolute(at, &named.path, depth + 1).filter(|_| own)?;
                Some([&path[..], rest].concat())
            }
        }
    }

    /// The file that defines what `path` names.
    fn home(&self, path: &[String], depth: usize) -> Module {
        let of = (0..=path.len()).rev().find(|&end| self.files.contains_key(&path[..end]));
        let (module, rest) = path.split_at(of.expect("the root is a file"));
        let module = module.to_vec();
        let exported = rest.first().and_then(|item| {
            let one = self.files[&module].uses.iter().find(|one| one.name == *item)?;
            self.absolute(&module, &one.path, 0)
        });
        match exported {
            Some(path) if depth < 8 => self.home(&path, depth + 1),
            _ => module,
        }
    }
}

impl File {
    fn parse(text: &str) -> Self {
        let tokens = without_tests(tokens(text));
        let (mut uses, mut paths) = (Vec::new(), Vec::new());
        let mut at = 0;
        while at < tokens.len() {
            let after_path = at > 0 && tokens[at - 1] == "::";
            // `impl Trait + use<>` captures lifetimes and imports nothing.
            let captures = tokens.get(at + 1).is_some_and(|next| next == "<");
            if tokens[at] == "use" && !after_path && !captures {
                let public = at > 0 && (tokens[at - 1] == "pub" || tokens[at - 1] == ")");
                at = tree(&tokens, at + 1, &[], public, &mut uses);
            } else if is_name(&tokens[at]) && !after_path {
                let mut path = vec![tokens[at].clone()];
                while tokens.get(at + 1).is_some_and(|token| token == "::")
                    && tokens.get(at + 2).is_some_and(|token| is_name(token))
                {
                    path.push(tokens[at + 2].clone());
                    at += 2;
                }
                if path.len() > 1 {
                    paths.push(path);
                }
            }
            at += 1;
        }
        Self { uses, paths }
    }
}

/// The imports of one `use`, starting at the token after it; returns where it ends.
fn tree(
    tokens: &[String],
    mut at: usize,
    before: &[String],
    public: bool,
    found: &mut Vec<Use>,
) -> usize {
    let mut path = before.to_vec();
    let mut name = None;
    loop {
        match tokens[at].as_str() {
            "::" => {}
            "{" => {
                at += 1;
                while tokens[at] != "}" {
                    at = tree(tokens, at, &path, public, found);
                    at += usize::from(tokens[at] == ",");
                }
                return at + 1;
            }
            "as" => {
                at += 1;
                name = Some(tokens[at].clone());
            }
            "," | "}" | ";" => break,
            "*" => name = Some("*".to_owned()),
            // `a::{self}` is `a`.
            "self" if !path.is_empty() => {}
            one => path.push(one.to_owned()),
        }
        at += 1;
    }
    if let Some(last) = path.last() {
        let name = name.unwrap_or_else(|| last.clone());
        found.push(Use { name, path, public });
    }
    at
}

fn is_name(token: &str) -> bool {
    token.starts_with(|first: char| first.is_alphabetic() || first == '_')
}

/// Names, `::`, and other characters one by one, without comments and literals.
fn tokens(text: &str) -> Vec<String> {
    let text: Vec<char> = text.chars().collect();
    let starts = |at: usize, what: &str| {
        what.chars().enumerate().all(|(place, c)| text.get(at + place) == Some(&c))
    };
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let c = text[at];
        if starts(at, "//") {
            at += text[at..].iter().take_while(|&&c| c != '\n').count();
        } else if c == 'r'
            && (starts(at + 1, "\"") || starts(at + 1, "#\"") || starts(at + 1, "##\""))
        {
            let marks = text[at + 1..].iter().take_while(|&&c| c == '#').count();
            let end = format!("\"{}", "#".repeat(marks));
            at += marks + 2;
            while !starts(at, &end) {
                at += 1;
            }
            at += end.len();
        } else if c == '"' {
            at += 1;
            while text[at] != '"' {
                at += if text[at] == '\\' { 2 } else { 1 };
            }
            at += 1;
        } else if c == '\'' && (starts(at + 1, "\\") || text.get(at + 2) == Some(&'\'')) {
            at += if text[at + 1] == '\\' { 3 } else { 2 };
            while text[at] != '\'' {
                at += 1;
            }
            at += 1;
        } else if c.is_alphanumeric() || c == '_' {
            let name: String =
                text[at..].iter().take_while(|c| c.is_alphanumeric() || **c == '_').collect();
            at += name.chars().count();
            tokens.push(name);
        } else if starts(at, "::") {
            tokens.push("::".to_owned());
            at += 2;
        } else {
            if !c.is_whitespace() {
                tokens.push(c.to_string());
            }
            at += 1;
        }
    }
    tokens
}

/// Leaves out what follows `#[cfg(test)]`: an item up to its semicolon or closing brace.
fn without_tests(tokens: Vec<String>) -> Vec<String> {
    let mark = ["#", "[", "cfg", "(", "test", ")", "]"];
    let mut kept = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if !tokens[at..].iter().take(mark.len()).eq(mark) {
            kept.push(tokens[at].clone());
            at += 1;
            continue;
        }
        let mut depth = 0;
        loop {
            at += 1;
            match tokens[at].as_str() {
                "{" => depth += 1,
                "}" => depth -= 1,
                ";" if depth == 0 => break,
                _ => continue,
            }
            if depth == 0 {
                break;
            }
        }
        at += 1;
    }
    kept
}
