//! Files that are rejected, and the message for each.

use super::forge::{self, dict, int, legacy, pickle, storage, tensor, text, tuple, zip};
use super::{TorchFault, parse_state_dict};

/// Position of the object's instructions in a file of [`legacy`]: after 46 bytes of other pickles
/// and the two bytes of its own protocol.
const FIRST: usize = 48;

/// The error for a legacy file without storages whose object is pushed by `instructions`.
fn refusal(instructions: &[u8]) -> String {
    told(&legacy(&pickle(&[instructions]), &[]))
}

/// The same, for a file with a storage `0` of two floats.
fn view_refusal(instructions: &[u8]) -> String {
    told(&legacy(&pickle(&[instructions]), &[("0", 2, &[0; 8])]))
}

fn told(file: &[u8]) -> String {
    let message = parse_state_dict(file).unwrap_err().to_string();
    assert!(!message.contains('\n'), "{message}");
    message
}

/// The object of [`sound_legacy`] and [`sound_zip`].
fn sound_object() -> Vec<u8> {
    let float = tensor(storage("FloatStorage", "0", 2), 0, &[2], &[1]);
    pickle(&[&dict(&[("x", float)])])
}

fn sound_legacy() -> Vec<u8> {
    legacy(&sound_object(), &[("0", 2, &[1, 2, 3, 4, 5, 6, 7, 8])])
}

fn sound_zip() -> Vec<u8> {
    zip(&[("m/data.pkl", &sound_object()), ("m/data/0", &[1, 2, 3, 4, 5, 6, 7, 8])])
}

#[test]
fn a_foreign_global_is_named_with_its_place_and_never_called() {
    // os.system("true"), as REDUCE would call it.
    let global = [b"cos\nsystem\n", tuple(&[text("true")]).as_slice(), b"R"].concat();
    let name = "\"os.system\"".to_owned();
    let file = legacy(&pickle(&[&global]), &[]);
    let fault = parse_state_dict(&file).unwrap_err();
    assert_eq!(fault, TorchFault::ForeignGlobal { name, at: FIRST });
    let names = [text("os"), text("system")].concat();
    let expected = format!("\"os.system\" at byte {}", FIRST + names.len());
    assert!(refusal(&[names.as_slice(), b"\x93)R"].concat()).contains(&expected));
    assert!(refusal(b"ctorch\nload\n)R").contains("\"torch.load\""));
    // The message stays short and on one line.
    let long = [text("os\n"), text(&"x".repeat(5000)), b"\x93".to_vec()].concat();
    let message = refusal(&long);
    assert!(message.contains(r#""os\n.xxx"#) && message.len() < 300, "{message}");
}

#[test]
fn a_foreign_instruction_is_named_with_its_place() {
    // INST, OBJ, EXT1, PERSID, STRING, INT.
    for opcode in [b'i', b'o', 0x82, b'P', b'S', b'I', 0x00, 0xff] {
        let fault = parse_state_dict(&legacy(&pickle(&[&[opcode]]), &[])).unwrap_err();
        assert_eq!(fault, TorchFault::ForeignOpcode { opcode, at: FIRST });
    }
}

#[test]
fn an_object_that_is_no_state_dict_is_told_what_it_is() {
    let float = || tensor(storage("FloatStorage", "0", 2), 0, &[2], &[1]);
    for (instructions, found) in [
        (float(), "a tensor"),
        (dict(&[("x", float()), ("layer", dict(&[("bias", int(1))]))]), "\"layer\" is a dict of 1"),
        (dict(&[("x", float()), ("epoch", int(3))]), "\"epoch\" is the integer 3"),
        (dict(&[("x", float()), ("x", float())]), "\"x\" occurs twice"),
        ([b"}", int(3).as_slice(), &float(), b"s"].concat(), "is the integer 3"),
    ] {
        let file = legacy(&pickle(&[&instructions]), &[("0", 2, &[0; 8])]);
        let fault = parse_state_dict(&file).unwrap_err();
        let TorchFault::NoStateDict(what) = fault else { panic!("{fault}") };
        assert!(what.contains(found), "{what}");
    }
    assert!(refusal(b"]").contains("a list of 0"));
}

/// Instructions that push what `module.name` would make without arguments.
fn made_by(module: &str, name: &str) -> Vec<u8> {
    [format!("c{module}\n{name}\n").as_bytes(), b")R"].concat()
}

#[test]
fn what_stands_with_a_state_dict_does_not_matter_and_is_never_run() {
    let float = || tensor(storage("FloatStorage", "0", 2), 0, &[2], &[1]);
    let weights = || dict(&[("rnn.weight_hh_l0", float())]);
    // `argparse.Namespace` as Python pickles it, a set, bytes, a date, and a numpy number.
    let namespace = [b"cargparse\nNamespace\n)\x81}", text("lr").as_slice(), b"Nsb"].concat();
    let set = b"\x8f(K\x01\x90".to_vec();
    let bytes = b"C\x03\xff\xfe\xfd".to_vec();
    let date =
        [b"cdatetime\ndatetime\n", tuple(std::slice::from_ref(&bytes)).as_slice(), b"R"].concat();
    let number = made_by("numpy.core.multiarray", "scalar");
    let optimiser = dict(&[("state", dict(&[("exp_avg", float())]))]);
    let beside = || {
        vec![
            ("args", namespace.clone()),
            ("seen", set.clone()),
            ("raw", bytes.clone()),
            ("when", date.clone()),
            ("best", number.clone()),
            ("optimizer", optimiser.clone()),
        ]
    };
    let with = |more: Vec<(&str, Vec<u8>)>, key| {
        let file = legacy(&pickle(&[&dict(&[beside(), more].concat())]), &[("0", 2, &[0; 8])]);
        crate::format::torch::parse_state_dict_at(&file, key)
    };
    for key in ["model", "net", "anything"] {
        let tensors = with(vec![(key, weights())], None).unwrap();
        assert_eq!(tensors[0].name, "rnn.weight_hh_l0", "{key}");
    }
    // A dict subclass with its own class, and a dict in an object's attributes.
    let own =
        [made_by("easydict", "EasyDict"), b"(".to_vec(), text("net"), weights(), b"u".to_vec()];
    assert_eq!(with(vec![("wrapped", own.concat())], None).unwrap().len(), 1);

    let two = || vec![("model", weights()), ("ema", dict(&[("shadow", weights())]))];
    let found = "\"model\", \"ema.shadow\"".to_owned();
    let several = TorchFault::Several { found: found.clone() };
    assert_eq!(with(two(), None).unwrap_err(), several);
    assert_eq!(with(two(), Some("ema.shadow")).unwrap().len(), 1);
    let message = with(two(), Some("ema")).unwrap_err().to_string();
    assert!(message.contains("\"shadow\" is a dict of 1"), "{message}");
    let none = TorchFault::NoSuchKey { key: "\"shadow\"".to_owned(), found };
    assert_eq!(with(two(), Some("shadow")).unwrap_err(), none);
}

#[test]
fn a_module_that_was_pickled_whole_is_not_looked_into() {
    let float = tensor(storage("FloatStorage", "0", 2), 0, &[2], &[1]);
    let parameters = dict(&[("weight_hh_l0", float)]);
    let state = dict(&[("_parameters", parameters), ("_modules", dict(&[]))]);
    let module = [b"c__main__\nNet\n)\x81", state.as_slice(), b"b"].concat();
    let message = view_refusal(&module);
    assert!(message.contains("\"__main__.Net\""), "{message}");
    assert!(message.contains("model.state_dict()"), "{message}");
    let checkpoint = dict(&[("epoch", int(3)), ("model", module)]);
    assert!(view_refusal(&checkpoint).contains("\"__main__.Net\""));
}

#[test]
fn views_that_leave_their_storage_are_refused() {
    let view = |offset, shape: &[i64], strides: &[i64]| {
        view_refusal(&dict(&[(
            "x",
            tensor(storage("FloatStorage", "0", 2), offset, shape, strides),
        )]))
    };
    let outside = "expected a tensor inside its storage at byte ";
    for (offset, shape, strides) in [
        (1, &[2][..], &[1][..]),
        (2, &[1], &[1]),
        (2, &[], &[]),
        (0, &[2, 2], &[1, 1]),
        (0, &[2], &[i64::MAX]),
        (i64::MAX, &[2], &[i64::MAX]),
        (0, &[i64::MAX, i64::MAX], &[0, 0]),
        (0, &[1, 1], &[1]),
        (0, &[1; 65], &[1; 65]),
    ] {
        let message = view(offset, shape, strides);
        assert!(message.starts_with(outside), "{message}");
    }
    assert!(view(-1, &[1], &[1]).contains("expected a tensor's offset"));
    assert!(view(0, &[-1], &[1]).contains("expected a tensor's shape"));
    assert!(view(0, &[2], &[-1]).contains("expected a tensor's strides"));
}

#[test]
fn views_that_repeat_their_storage_without_end_are_refused() {
    let huge = tensor(storage("FloatStorage", "0", 2), 0, &[1 << 40], &[0]);
    assert!(view_refusal(&dict(&[("huge", huge)])).contains("\"huge\""));
    // Many tensors that are each small enough: one tensor under a thousand names.
    let bytes = [0; 400_000];
    let first =
        [tensor(storage("FloatStorage", "0", 100_000), 0, &[100_000], &[1]), b"q\x00".to_vec()];
    let names: Vec<String> = (0..1000).map(|number| number.to_string()).collect();
    let entries: Vec<(&str, Vec<u8>)> = names
        .iter()
        .enumerate()
        .map(|(at, name)| (name.as_str(), if at == 0 { first.concat() } else { b"h\x00".to_vec() }))
        .collect();
    let file = legacy(&pickle(&[&dict(&entries)]), &[("0", 100_000, &bytes)]);
    assert!(matches!(parse_state_dict(&file), Err(TorchFault::Expansion { .. })));
}

#[test]
fn storages_that_are_not_what_the_pickle_declares_are_refused() {
    let told = |storages: &[(&str, i64, &[u8])]| told(&legacy(&sound_object(), storages));
    assert_eq!(told(&[("0", 3, &[0; 12])]), "storage \"0\": expected 2 elements, found 3");
    assert_eq!(told(&[("0", -1, &[])]), "storage \"0\": expected 2 elements, found -1");
    assert!(told(&[]).starts_with("storage \"0\": "));
    assert!(told(&[("0", 2, &[0; 8]), ("0", 2, &[0; 8])]).contains("twice"));
    assert!(told(&[("1", 2, &[0; 8])]).starts_with("storage \"1\": "));
    assert!(told(&[("0", 2, &[0; 9])]).contains("found 1 more bytes"));
    assert!(told(&[("0", 2, &[0; 7])]).contains("storage \"0\" of 2 elements (8 bytes)"));
    let first = tensor(storage("FloatStorage", "0", 2), 0, &[2], &[1]);
    let second = tensor(storage("FloatStorage", "0", 3), 0, &[2], &[1]);
    assert!(view_refusal(&dict(&[("a", first), ("b", second)])).contains("declared twice"));
    // A length whose bytes overflow.
    let object =
        pickle(&[&dict(&[("x", tensor(storage("LongStorage", "0", i64::MAX), 0, &[1], &[1]))])]);
    let file = legacy(&object, &[("0", i64::MAX, &[0; 8])]);
    assert!(matches!(parse_state_dict(&file), Err(TorchFault::Truncated { .. })));
}

#[test]
fn recursion_and_depth_cost_no_more_than_their_instructions() {
    // A list and a dict that contain themselves.
    assert!(refusal(b"]q\x00h\x00a").contains("the file holds a list of 1"));
    let circle = [b"}q\x00".to_vec(), text("x"), b"h\x00s".to_vec()].concat();
    assert!(refusal(&circle).contains("\"x\" is a dict of 1"));
    // A tuple in a tuple, a million deep.
    let deep = [b")".to_vec(), vec![0x85; 1_000_000]].concat();
    assert!(refusal(&deep).contains("the file holds a tuple of 1"));
    // Each list holds the previous one twice, which makes 2^200 items if expanded.
    let doubled = [b"]".to_vec(), b"q\x00](h\x00h\x00e".repeat(200)].concat();
    assert!(refusal(&doubled).contains("the file holds a list of 2"));
}

#[test]
fn what_the_stack_does_not_have_is_an_error() {
    for instructions in [
        &b""[..],
        b"t",
        b"(",
        b"(R",
        b")(R",
        b"\x85",
        b"h\x00",
        b"q\x00",
        b"j\x00\x00\x00\x80",
        b"Na",
        b"]Ns",
        b"}(Nu",
        b"N}b",
        b"NNR",
        b"NQ",
        b")Q",
        b"NN\x93",
        b"\x80\x01",
        b"\x80\x06",
        b"X\xff\xff\xff\xff",
        b"\x8d\xff\xff\xff\xff\xff\xff\xff\xff",
        b"X\x01\x00\x00\x00\xff",
        b"ctorch\nFloatStorage\n)R",
        b"ccollections\nOrderedDict\nN\x85R",
        b"ctorch._utils\n_rebuild_tensor_v2\n)R",
        b"ctorch._utils\n_rebuild_parameter\n)R",
        b"ctorch._utils\n_rebuild_parameter\nNNN\x87R",
    ] {
        refusal(instructions);
    }
}

#[test]
fn a_file_that_ends_early_is_an_error_at_every_byte() {
    for file in [sound_legacy(), sound_zip()] {
        parse_state_dict(&file).unwrap();
        for end in 0..file.len() {
            assert!(parse_state_dict(&file[..end]).is_err(), "cut at byte {end}");
        }
    }
    let file = sound_legacy();
    let fault = parse_state_dict(&file[..file.len() - 3]).unwrap_err();
    let (at, end) = (file.len() - 8, file.len() - 3);
    let reading = "storage \"0\" of 2 elements (8 bytes)".to_owned();
    assert_eq!(fault, TorchFault::Truncated { reading, at, end });
}

#[test]
fn archives_that_torch_does_not_write_are_refused() {
    let (object, floats) = (sound_object(), [0; 8]);
    assert!(told(&zip(&[("data.pkl", &object)])).contains("data.pkl"));
    assert!(told(&zip(&[("a/data.pkl", &object), ("b/data.pkl", &object)])).contains("data.pkl"));
    assert!(told(&zip(&[("m/data.pkl", &object)])).contains("\"m/data/0\" is missing"));
    let short = zip(&[("m/data.pkl", &object), ("m/data/0", &floats[..7])]);
    assert_eq!(told(&short), "storage \"0\": expected 8 bytes (2 elements), found 7");
    let longer = [object.as_slice(), b"."].concat();
    assert!(told(&zip(&[("m/data.pkl", &longer)])).contains("expected the end of data.pkl"));
    let big = zip(&[("m/data.pkl", &object), ("m/byteorder", b"big")]);
    assert!(told(&big).contains("'little'") && told(&big).contains("\"big\""));

    // After one bit of the data flips, the checksum no longer matches.
    let mut damaged = sound_zip();
    let data = damaged.windows(8).position(|bytes| bytes == [1, 2, 3, 4, 5, 6, 7, 8]).unwrap();
    damaged[data] ^= 1;
    assert!(told(&damaged).contains("\"m/data/0\" is damaged"));
}

#[test]
fn a_compressed_entry_is_refused_before_anything_is_expanded() {
    // The compression method, 8 for deflate, is 8 bytes into a local header and 10 bytes into one
    // of the central directory.
    let mut file = sound_zip();
    for (signature, method) in [(b"PK\x03\x04", 8), (b"PK\x01\x02", 10)] {
        let headers: Vec<usize> =
            (0..file.len() - 4).filter(|&at| &file[at..at + 4] == signature).collect();
        assert_eq!(headers.len(), 2);
        for header in headers {
            file[header + method] = 8;
        }
    }
    let message = parse_state_dict(&file).unwrap_err().to_string();
    assert!(message.contains("\"m/data.pkl\" is compressed or encrypted"), "{message}");
}

#[test]
fn entries_on_top_of_each_other_are_refused() {
    // A thousand storages that all claim to be the first one's megabyte.
    let count = 1000;
    let bytes = vec![0; 1 << 20];
    let entries: Vec<(String, Vec<u8>)> = (0..count)
        .map(|key| {
            let key = key.to_string();
            let value = tensor(storage("ByteStorage", &key, 1 << 20), 0, &[1], &[1]);
            (key, value)
        })
        .collect();
    let named: Vec<(&str, Vec<u8>)> =
        entries.iter().map(|(key, value)| (key.as_str(), value.clone())).collect();
    let object = pickle(&[&dict(&named)]);
    let keys: Vec<String> = (0..count).map(|key| format!("m/data/{key}")).collect();
    let mut parts: Vec<(&str, &[u8])> = vec![("m/data.pkl", &object), (&keys[0], &bytes)];
    parts.extend(keys[1..].iter().map(|key| (key.as_str(), &[][..])));
    let mut file = zip(&parts);
    // Point each empty entry of the central directory at the header of the first entry.
    let central: Vec<usize> =
        (0..file.len() - 4).filter(|&at| file[at..].starts_with(b"PK\x01\x02")).collect();
    let full: [u8; 46] = file[central[1]..][..46].try_into().unwrap();
    for &header in &central[2..] {
        // Checksum and sizes, then the offset of the local header.
        file[header + 16..header + 28].copy_from_slice(&full[16..28]);
        file[header + 42..header + 46].copy_from_slice(&full[42..46]);
    }
    let message = parse_state_dict(&file).unwrap_err().to_string();
    assert!(message.contains("overlaps"), "{message}");
}

#[test]
fn a_file_of_another_kind_is_told_what_was_expected() {
    for (file, start) in [(&b""[..], &b""[..]), (b"\x89PNG\r\n", b"\x89PNG")] {
        let fault = parse_state_dict(file).unwrap_err();
        assert_eq!(fault, TorchFault::NotTorch { start: start.to_vec() });
    }
    let fault = parse_state_dict(&forge::pickle(&[b"}"])).unwrap_err();
    assert!(matches!(fault, TorchFault::NotTorch { .. }));
}
