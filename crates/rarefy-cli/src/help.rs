//! How help looks: options in groups, and a short help that fits on one screen.
//!
//! `-h` shows what most people need, one option per line. `--help` shows every option, explains the
//! command and ends with examples, taken from the command's text in the folder `help`. Commands
//! only describe their options; the table here assigns each option to a group and says whether it
//! is rare.

use clap::builder::StyledStr;
use clap::{Arg, ArgAction, Command};

/// Help is as wide as the terminal, up to this width.
const WIDTH: usize = 100;

/// Groups of options in the order of help. Each has the options that `-h` shows, and those that
/// only `--help` shows. An option is named by its id, or by `COMMAND.id` if commands differ.
/// Options in no group are what the command is about, and come first.
const GROUPS: [(&str, &str, &str); 7] = [
    (
        "Data",
        "train test data text_column label_column tokens count min_length grammar conditions \
         columns by target of across features without group describe.labels steps delay ahead test_count reber.seed adding.seed \
         copying.seed parity.seed mackey-glass.seed signals.seed",
        "train_labels test_labels data_labels prune.samples quantize.samples series_columns id time axes task scaling min_count",
    ),
    (
        "Model",
        "train.cell limits.cell cells layers hidden train.bidirectional train.head train.readout",
        "bidirectional head embedding activation init cell readout graph embedding_name \
         readout_name state_dict zeros labels vocabulary eval.batch",
    ),
    (
        "Pruning",
        "train.sparsify recover.sparsify density percent percents prune.scope scopes prune.criterion limits.criterion \
         prune.ranking prune.grain sparsity baseline",
        "limits.sparsify criterion ranking grain scope samples every fraction moments begin end strength compensate \
         no_random no_dense prune.seed",
    ),
    (
        "Training",
        "epochs retrain_epochs int8 batch learning_rate schedule patience validation judge tolerance \
         repeats seeds seed jobs",
        "optimizer weight_decay momentum clip clip_by class_weights dropout input_dropout \
         recurrent_dropout bptt limits.judge limits.schedule",
    ),
    (
        "Graph",
        "train.graph gate_mask family nodes m k p edges degree blocks within between tries swaps \
         simplify layer gate from-model.parts directed nulls all describe.orientation \
         describe.orientation_seed draw.orientation draw.orientation_seed generate.seed rewire.seed \
         describe.seed describe.jobs",
        "skip readout_from hidden_graph orientation orientation_seed",
    ),
    (
        "Analysis",
        "regressors nested folds given resamples analyze.seed analyze.jobs",
        "size split split_seed test_share predict.repeats inner_folds predict.scale",
    ),
    (
        "Output",
        "out scores format figures confusion logits parquet predictions json quiet help",
        "log naming characters export.name stream report.width dpi no_title",
    ),
];

/// Commands as `rarefy -h` lists them.
const COMMANDS: [(&str, &str); 4] = [
    ("Reproduce the thesis", "reproduce"),
    ("Shrink a model", "train limits prune shrink recover quantize eval export"),
    ("Run your own experiment", "study report serve analyze graph data bench"),
    ("Set up your shell", "completions man"),
];

/// The names of all options that are in a group.
pub fn grouped() -> impl Iterator<Item = &'static str> {
    GROUPS.iter().flat_map(|(_, common, rare)| common.split(' ').chain(rare.split(' ')))
}

/// The whole command line with its help arranged in groups.
pub fn arranged(command: Command) -> Command {
    let listed = list(&command);
    of_command(command, &[]).help_template(listed)
}

/// Arranges a command and its subcommands; `above` are the names of its parent commands.
fn of_command(command: Command, above: &[String]) -> Command {
    let path = [above, &[command.get_name().to_owned()]].concat();
    let spoken = path.join(" ");
    let more = match command.has_subcommands() {
        true => format!("Run `{spoken} COMMAND --help` for all options and examples of a command"),
        false => format!("Run `{spoken} --help` for all options and examples"),
    };
    let what = "Print help: -h the common options, --help everything";
    let help = Arg::new("help").short('h').long("help").action(ArgAction::Help).help(what);
    let mut command = command.disable_help_flag(true).arg(help).max_term_width(WIDTH);
    if let Some(long) = command.get_after_help().map(|text| unwrapped(&text.to_string())) {
        command = command.after_long_help(long);
    }
    if !command.has_subcommands() {
        command = command.mut_args(|option| in_group(option, &path));
    }
    command.after_help(more).mut_subcommands(|command| of_command(command, &path))
}

/// A text with one line per paragraph, for clap to wrap. Lines that start with a blank are kept.
fn unwrapped(text: &str) -> String {
    let mut unwrapped = String::new();
    for (line, next) in text.trim_end().lines().zip(text.lines().skip(1).chain([""])) {
        let goes_on = [line, next].iter().all(|line| !line.is_empty() && !line.starts_with(' '));
        unwrapped += line;
        unwrapped += if goes_on { " " } else { "\n" };
    }
    unwrapped.truncate(unwrapped.trim_end().len());
    unwrapped
}

/// Puts an option into its group, and shows it only in `--help` if it is rare.
fn in_group(option: Arg, path: &[String]) -> Arg {
    if option.is_positional() {
        return option;
    }
    let id = option.get_id().as_str();
    let of_commands = path.iter().rev().map(|command| format!("{command}.{id}"));
    let found = of_commands.chain([id.to_owned()]).find_map(|name| {
        GROUPS.iter().find_map(|&(group, common, rare)| {
            let holds = |ids: &str| ids.split(' ').any(|id| id == name);
            (holds(rare) || holds(common)).then(|| (group, holds(rare)))
        })
    });
    match found {
        Some((group, is_rare)) => option.help_heading(group).hide_short_help(is_rare),
        None => option,
    }
}

/// The template of `rarefy -h`: commands in groups.
fn list(all: &Command) -> StyledStr {
    let (heading, name) = (all.get_styles().get_header(), all.get_styles().get_literal());
    let mut text = "{about-with-newline}\n{usage-heading} {usage}\n".to_owned();
    for (group, commands) in COMMANDS {
        text += &format!("\n{heading}{group}:{heading:#}\n");
        for command in commands.split(' ').filter_map(|command| all.find_subcommand(command)) {
            let about = command.get_about().cloned().unwrap_or_default();
            text += &format!("  {name}{:<11}{name:#}  {about}\n", command.get_name());
        }
    }
    text += &format!("\n{heading}Options:{heading:#}\n{{options}}{{after-help}}");
    text.into()
}
