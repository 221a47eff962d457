# SPDX-License-Identifier: Apache-2.0
"""Every word that error.detail can hold is documented with what to do, and no other word is. The words are taken
from the source text: where an Error is made, where its `detail` is set, and the arguments of functions that have
a parameter of that name. Source text there that cannot be understood is a finding, too."""

import os
import pathlib
import re

import checks

FOLDERS = ("src/", "modules/", "abi/", "include/")
PAGES = ("docs/rotation.md", "docs/parameters.md")  # and the pages in the same folder to which these link
DETAIL = "error.detail"

NOISE = re.compile(r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|("(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\')', re.DOTALL)
TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|[A-Za-z_]\w*|\d[\w\'.]*|::|->|[^\s\w]')
NAME = re.compile(r"[A-Za-z_]\w*")
WORD = re.compile(r'"(\w+)"')
PAIRS = {"(": ")", "{": "}", "[": "]"}


def tokens(text):
    """The tokens, without comments and raw strings; neighbouring strings are joined."""
    out = []
    for token in TOKEN.findall(NOISE.sub(lambda match: match.group(2) or ("" if match.group().startswith("/") else '""'), text)):
        if token.startswith('"') and out and out[-1].startswith('"'):
            token = out.pop()[:-1] + token[1:]
        out.append(token)
    return out


def group(source, at):
    """The text in the brackets that open at `at`, split at its commas; and the position of its end."""
    parts, depth = [[]], 0
    for end in range(at + 1, len(source)):
        token = source[end]
        depth += (token in PAIRS) - (token in PAIRS.values())
        if depth < 0:
            return (parts if parts != [[]] else []), end
        if token == "," and depth == 0:
            parts.append([])
        else:
            parts[-1].append(token)
    return [], at  # "<" and the like are not followed; a bracket that never closes does not count


def parameter(tokens_of_it):
    """Name, type and default of a parameter, if it is one."""
    default = []
    if "=" in tokens_of_it:
        at = tokens_of_it.index("=")
        tokens_of_it, default = tokens_of_it[:at], tokens_of_it[at + 1:]
    if len(tokens_of_it) < 2 or not NAME.fullmatch(tokens_of_it[-1]) or not set(tokens_of_it) & {"string", "string_view"}:
        return None
    return tokens_of_it[-1], default


def signatures(source):
    """{function: {(position of `detail`, fewest arguments, most)}} of the declarations here; and defaults."""
    found, defaults = {}, []
    for at, token in enumerate(source):
        if token != "(" or at == 0:
            continue
        arguments, _ = group(source, at)
        for position, each in enumerate(arguments):
            read = parameter(each)
            if read is None or read[0] != "detail":
                continue
            name = source[at - 1]
            if name == "]":  # NAME = [...](...) is a lambda
                begin = max(index for index in range(at) if source[index] == "[" and group(source, index)[1] == at - 1)
                name = source[begin - 2]
            fewest = sum("=" not in each for each in arguments)
            found.setdefault(name, set()).add((position, fewest, len(arguments)))
            if read[1]:
                defaults.append(read[1])
    return found, defaults


class Tree:
    def __init__(self, root):
        paths = [path for path in checks.code_files(root) if str(path).startswith(FOLDERS) and not {"examples", "bindings"} & set(path.parts)]
        self.sources = {path: tokens(checks.read(root, path)) for path in paths}
        self.words, self.beginnings, self.unclear = {}, {}, []
        own = {}
        for path, source in self.sources.items():
            own[path], defaults = signatures(source)
            for each in defaults:
                self.take(each, path)
        for path, source in self.sources.items():
            functions = {}
            for name in re.findall(r'#\s*include\s*"([^"]+)"', checks.read(root, path)):
                for header in (path.parent / name, pathlib.Path("include", name)):
                    functions.update(own.get(header, {}))
            self.walk(path, source, {**functions, **own[path]})

    def walk(self, path, source, functions):
        for at, token in enumerate(source[:-2]):
            if token in functions and source[at + 1] == "(":
                arguments, _ = group(source, at + 1)
                for position, fewest, most in functions[token]:
                    if fewest <= len(arguments) <= most and position < len(arguments):
                        self.take(arguments[position], path)
            elif token in "({":
                arguments, _ = group(source, at)
                # Error{...}, Error name{...}, Error(...), or braces whose type is elsewhere.
                of_an_error = source[at - 1] == "Error" or token == "{" and (source[at - 2] == "Error" or arguments and arguments[0][:2] == ["Code", "::"])
                if of_an_error and len(arguments) > 3:
                    self.take(arguments[3], path)
            elif token == "detail" and source[at + 1] == "=" and source[at + 2] != "=" and source[at - 1] in (".", "->", "string"):
                value = source[at + 2:source.index(";", at)]
                if value.count("(") == value.count(")"):  # else it is the default of a parameter
                    self.take(value, path)

    def take(self, expression, path):
        text = " ".join(expression)
        bare = re.fullmatch(r'std :: string \( ("\w+") \)', text)
        if bare:
            expression, text = [bare.group(1)], bare.group(1)
        if parameter(expression) is not None:
            return  # a declaration
        if re.fullmatch(r"(std :: (move|string) \( )?(\S+ (\( \) )?(\.|->) )*detail( \))?", text) or text in ("", "{ }"):
            return  # a value from elsewhere is passed on
        if "?" in expression:
            expression = expression[expression.index("?") + 1:]
            expression = [token for token in expression if token != ":"]
            if all(WORD.fullmatch(token) for token in expression):
                for token in expression:
                    self.add(token, path)
                return
        called = re.fullmatch(r"(?:std :: string \( )?(\w+) \( (.*?) \)(?: \))?", text)
        made = self.made_by(called.group(1), called.group(2).split(), path) if called else []
        if len(expression) == 1 and WORD.fullmatch(text):
            self.add(text, path)
        elif len(expression) > 2 and WORD.fullmatch(expression[0]) and expression[1] == "+":
            self.beginnings.setdefault(expression[0].strip('"'), str(path))
        elif made:
            for token, next_one in made:
                if next_one == "+":
                    self.beginnings.setdefault(token.strip('"'), str(path))
                else:
                    self.add(token, path)
        else:
            self.unclear.append(f"{path}: cannot tell which details this makes: {text}")

    def add(self, literal, path):
        self.words.setdefault(literal.strip('"'), str(path))

    def made_by(self, function, arguments, path):
        """The words in the body of a function and in the constants that it names, each with the text after it."""
        found = []
        for source in self.sources.values():
            for at, token in enumerate(source[:-1]):
                if token != function or source[at + 1] != "(":
                    continue
                parameters, end = group(source, at + 1)
                opens = end + 2 if source[end + 1:end + 2] == ["noexcept"] else end + 1
                if not parameters or source[opens:opens + 1] != ["{"]:
                    continue
                # Of several with one name, this takes the one after whose type the argument is named.
                kind = parameters[0][-2].lower() if len(parameters[0]) > 1 else ""
                if len(arguments) > 1 and kind != arguments[-1].lower():
                    continue
                body = source[opens:group(source, opens)[1]]
                found += self.literals(body)
                for index, name in enumerate(source[:-1]):
                    if name in body and NAME.fullmatch(name) and source[index + 1:index + 2] in (["{"], ["="]) and source[index - 1] in (">", "array"):
                        begin = source.index("{", index)
                        found += self.literals(source[begin:group(source, begin)[1]])
        return found

    @staticmethod
    def literals(source):
        return [(token, next_one) for token, next_one in zip(source, [*source[1:], ""]) if WORD.fullmatch(token)]


def pages(root):
    found = list(PAGES)
    for page in PAGES:
        for target in re.findall(r"\]\(([\w./-]+\.md)[#)]", checks.read(root, page)):
            path = os.path.normpath(os.path.join(os.path.dirname(page), target))
            if os.path.dirname(path) == "docs" and path not in found:
                found.append(path)
    return found


def documented(root):
    """{word: page} of the tables whose first column is error.detail, if the row says what to do."""
    found, empty = {}, []
    for page in pages(root):
        inside = False
        for number, line in enumerate(checks.read(root, page).splitlines(), 1):
            cells = [cell.strip() for cell in line.strip().strip("|").split("|")] if line.startswith("|") else []
            if not cells or cells[0] == f"`{DETAIL}`":
                inside = bool(cells)
                continue
            if not inside or set(line) <= set("|-: "):
                continue
            for word in re.findall(r"`(\w+)`", cells[0]):
                found.setdefault(word, f"{page}:{number}")
                if len(cells) < 3 or not all(cells):
                    empty.append(f"{page}:{number}: does not say what happened and what to do where {DETAIL} is {word}")
    return found, empty


def details_are_documented(root):
    tree = Tree(root)
    told, findings = documented(root)
    findings += tree.unclear
    findings += [f"{path}: makes the {DETAIL} \"{word}\", which {' and '.join(PAGES)} do not explain"
                 for word, path in sorted(tree.words.items()) if word not in told]
    findings += [f"{path}: makes details that begin with \"{word}\", of which {' and '.join(PAGES)} explain none"
                 for word, path in sorted(tree.beginnings.items()) if not any(each.startswith(word) for each in told)]
    findings += [f"{where}: explains the {DETAIL} \"{word}\", which nothing makes"
                 for word, where in sorted(told.items()) if word not in tree.words and not word.startswith(tuple(tree.beginnings))]
    return findings
