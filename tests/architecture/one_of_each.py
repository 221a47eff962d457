# SPDX-License-Identifier: Apache-2.0
"""What the product does in one place only. Each row has the sentence about a second place, the pattern in the code,
and the files where it may be, with the reason if that is not obvious. It searches the text without comments."""

import re

import checks

LINE_COMMENT = re.compile(r"(?<!:)//[^\n]*")  # "://" begins no comment
RULES = [
    ("classes of letters and digits are is_digit(), is_letter(), hex_value() and their like (types/ascii.h)",
     re.compile(r"[<>]=?\s*'[09aAzZfF]'"), {"include/infrastate/types/ascii.h"}),
    ("hexadecimal digits are written by types/ascii.h",
     re.compile(r"0123456789abcdef", re.IGNORECASE), {"include/infrastate/types/ascii.h", "src/types/ascii.cpp"}),
    ("base32 and base64 are written by types/ascii.h",
     re.compile(r"abcdefghijklmnopqrstuvwxyz|EVP_EncodeBlock", re.IGNORECASE),
     {"include/infrastate/types/ascii.h", "src/types/ascii.cpp"}),
    ("blanks at the ends are cut by trimmed() (types/ascii.h)",
     re.compile(r'find_(?:first|last)_not_of\(\s*"\s*[ \\]|\bblank\(char'), set()),
    ("a URL is taken apart by split_url() (types/ascii.h)",
     re.compile(r"find\('@'\)|\"://\""), {"src/types/ascii.cpp"}),
    ("foreign words are quoted by quoted(), or are at least printable() (types/text.h)",
     re.compile(r"'\"\s*\+\s*(?:\w+::)*(?:printable|shortened)\(|^std::string (?:\w+::)*(?:quoted|printable)\(", re.MULTILINE),
     {"include/infrastate/types/text.h", "src/types/text.cpp"}),
    ("a list of words is joined() (types/text.h)",
     re.compile(r'empty\(\) \? "" : ", "\)|^std::string joined\(', re.MULTILINE), {"include/infrastate/types/text.h"}),
    ("a descriptor is held by a Descriptor (types/descriptor.h)",
     re.compile(r"(?<!\w)::close\("),
     {"src/types/descriptor.cpp",
      "src/store/file_lock.cpp"}),  # a forked child closes its copies, which nobody owns there
    ("PEM is known by holds_pem() and holds_private_key() (types/pem.h)",
     re.compile(r'find\("-----BEGIN|"PRIVATE KEY-----"'), {"src/types/pem.cpp"}),
    ("a number is written as Python writes it by number_text() (types/ascii.h)",
     re.compile(r"chars_format::"), {"src/types/ascii.cpp"}),
    ("what callers choose from stands in types/vocabulary.h",
     re.compile(r'"connector"|"state_change"|"when_replaced_in_use"|"never, |"auto"'),
     {"include/infrastate/types/vocabulary.h"}),
    ("what came of a run is outcome_name() (types/error.h), and its words stand in types/vocabulary.h",
     re.compile(r'"none", "changed"|"none" [?:]|"changed" [?:]|return "changed"'), {"include/infrastate/types/vocabulary.h"}),
    ("UTF-8 is written by append_utf8() (types/text.h)",
     re.compile(r"0x[eE]0U? \|"), {"src/types/text.cpp"}),
    ("defaults and bounds of parameters stand in the schema's table",
     re.compile(r"api\.infrahq\.com|\b30'?000\b|\"30s\"|max_timeout_ms"),
     {"src/schema/connection.cpp",
      "include/infrastate/client/run_budget.h"}),  # for tests of the client alone, which has no schema
    ("a sentence of core's checks of arguments is made of a schema::Violation (modules/ansible_wording.cpp)",
     re.compile(r"are mutually exclusive|missing required arguments|are required together|Unsupported parameters"),
     {"modules/ansible_wording.cpp"}),
    ("a field without certificates is told by what_instead_of_pem() (types/pem.h)",
     re.compile(r"holds no certificate in PEM form"), {"src/types/pem.cpp"}),
    ("words for errno come from std::generic_category(), which threads may share",
     re.compile(r"\bstrerror\("), set()),
]


def one_of_each(root):
    found = []
    for path in checks.code_files(root):
        if checks.layer_of(path) in (None, "simulator") or {"examples", "bindings"} & set(path.parts):
            continue
        text = LINE_COMMENT.sub("", checks.read(root, path))
        for what, pattern, homes in RULES:
            if str(path) not in homes:
                lines = dict.fromkeys(text.count("\n", 0, match.start()) + 1 for match in pattern.finditer(text))
                found += [f"{path}:{line}: {what}" for line in lines]
    return found
