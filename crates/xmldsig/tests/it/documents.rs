//! Documents made from a number: same number, same document.

/// SplitMix64: small, and the same everywhere.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((z ^ (z >> 31)) % bound as u64).unwrap()
    }

    fn one_of<'t>(&mut self, choices: &[&'t str]) -> &'t str {
        choices[self.below(choices.len())]
    }
}

const PREFIXES: [&str; 5] = ["", "a", "b", "saml", "é"];
const NAMES: [&str; 5] = [
    "urn:x",
    "urn:y",
    "http://example.com/?a=1;b=2",
    "urn:oasis:names:tc:SAML:2.0:assertion",
    "x-y:z",
];
const TEXTS: [&str; 18] = [
    "text",
    "a &amp; b",
    "&lt;&gt;",
    ">",
    "\"'",
    "\r\n",
    "\r",
    "\t \n",
    "&#xD;&#13;",
    "&#x9;&#xA;",
    "João",
    "\u{1F600}",
    "&#x1F600;",
    "]].",
    "<![CDATA[a < b & c ]] > \r\n]]>",
    "<![CDATA[]]>",
    "&quot;&apos;",
    "   ",
];
const VALUES: [&str; 13] = [
    "v",
    "",
    "a &amp; b",
    "&lt;",
    ">",
    "\t\r\n\r\n",
    "&#9;&#10;&#13;",
    "&quot;",
    "&apos;",
    "ação",
    "  a  b ",
    "&#x1F600;",
    "]]>",
];

/// A well-formed document full of what canonicalisers get wrong.
pub(crate) fn document(number: u64) -> String {
    let mut dice = Dice(number);
    let mut out = String::new();
    if dice.below(4) == 0 {
        out.push_str(dice.one_of(&[
            "<?xml version=\"1.0\"?>",
            "<?xml version='1.0' encoding='utf-8' ?>\r\n",
            "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>\n",
        ]));
    }
    element(&mut dice, &mut out, &mut Vec::new(), 0);
    if dice.below(4) == 0 {
        out.push_str("\r\n");
    }
    out
}

/// `scope` holds what prefixes mean around, innermost last.
fn element(
    dice: &mut Dice,
    out: &mut String,
    scope: &mut Vec<(&'static str, &'static str)>,
    depth: usize,
) {
    let around = scope.len();
    let mut declarations = String::new();
    for prefix in PREFIXES {
        if dice.below(4) != 0 {
            continue;
        }
        let name = if prefix.is_empty() && dice.below(3) == 0 {
            ""
        } else {
            dice.one_of(&NAMES)
        };
        scope.push((prefix, name));
        let colon = if prefix.is_empty() { "" } else { ":" };
        declarations.push_str(&format!(" xmlns{colon}{prefix}=\"{name}\""));
    }
    let declared: Vec<&str> = PREFIXES[1..]
        .iter()
        .copied()
        .filter(|p| scope.iter().any(|(known, _)| known == p))
        .collect();
    let any_prefix = |dice: &mut Dice| {
        if declared.is_empty() {
            ""
        } else {
            declared[dice.below(declared.len())]
        }
    };
    let qualified = |prefix: &str, name: &str| {
        if prefix.is_empty() {
            name.to_owned()
        } else {
            format!("{prefix}:{name}")
        }
    };

    let prefix = if dice.below(2) == 0 {
        any_prefix(dice)
    } else {
        ""
    };
    let name = qualified(prefix, dice.one_of(&["e", "Assertion", "x-1", "Ünï"]));
    let mut attributes = String::new();
    // One local name an attribute, so that no two have the same expanded name.
    for local in ["z", "A", "b", "É", "lang"] {
        if dice.below(3) == 0 {
            let prefix = if local == "lang" {
                "xml"
            } else if dice.below(2) == 0 {
                any_prefix(dice)
            } else {
                ""
            };
            let value = dice.one_of(&VALUES);
            let quote = dice.one_of(&["\"", "'"]);
            let inner = if quote == "'" && dice.below(4) == 0 {
                "\""
            } else {
                ""
            };
            attributes.push_str(&format!(
                "{}{}{}={quote}{value}{inner}{quote}",
                dice.one_of(&[" ", "\n", "\t "]),
                qualified(prefix, local),
                dice.one_of(&["", "", " "])
            ));
        }
    }
    let (first, second) = if dice.below(2) == 0 {
        (declarations, attributes)
    } else {
        (attributes, declarations)
    };
    out.push_str(&format!(
        "<{name}{first}{second}{}",
        dice.one_of(&["", "", " ", "\r\n"])
    ));
    let children = if depth < 5 { dice.below(4) } else { 0 };
    if children == 0 && dice.below(2) == 0 {
        out.push_str("/>");
    } else {
        out.push('>');
        for _ in 0..children {
            if dice.below(2) == 0 {
                out.push_str(dice.one_of(&TEXTS));
            }
            if dice.below(3) != 0 {
                element(dice, out, scope, depth + 1);
            }
        }
        out.push_str(&format!("</{name}{}>", dice.one_of(&["", "", "\n"])));
    }
    scope.truncate(around);
}

/// `document` with a few bytes, or pieces of markup, changed, removed or copied.
pub(crate) fn mutant(document: &str, number: u64) -> Vec<u8> {
    const PIECES: [&str; 24] = [
        "<",
        ">",
        "&",
        "\"",
        "'",
        "=",
        ":",
        "/",
        "<a>",
        "</a>",
        "<a/>",
        "xmlns=",
        " xmlns:a='urn:x'",
        "]]>",
        "<![CDATA[",
        "&#x0;",
        "&#xFFFF;",
        "<!--x-->",
        "<?p?>",
        "<!DOCTYPE a>",
        " ID='1'",
        "\0",
        "\u{FFFE}",
        "a:b:c",
    ];
    let mut dice = Dice(number ^ 0x5DEE_CE66);
    let mut bytes = document.as_bytes().to_vec();
    for _ in 0..=dice.below(3) {
        if bytes.is_empty() {
            break;
        }
        let at = dice.below(bytes.len());
        match dice.below(5) {
            0 => drop(bytes.remove(at)),
            1 => bytes[at] = u8::try_from(dice.below(256)).unwrap(),
            2 => drop(bytes.splice(at..at, dice.one_of(&PIECES).bytes())),
            3 => {
                let end = (at + 1 + dice.below(20)).min(bytes.len());
                let copy = bytes[at..end].to_vec();
                let to = dice.below(bytes.len());
                drop(bytes.splice(to..to, copy));
            }
            _ => {
                let end = (at + 1 + dice.below(10)).min(bytes.len());
                drop(bytes.drain(at..end));
            }
        }
    }
    bytes
}
