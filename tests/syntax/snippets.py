"""Schemas of one feature each, and what Prisma 5.17, 6 and 7 make of them. `test_snippets.py` asks Prisma again.

Written as texts and not as files: many hold what an editor or git would change.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple


class Verdict(Enum):
    FINE = "fine"
    UNREADABLE = "not readable"
    SENSELESS = "readable, but refused for what it says"


FINE, UNREADABLE, SENSELESS = Verdict


class Snippet(NamedTuple):
    """`verdict_6` is given where Prisma 6 sees it otherwise than 5.17, `verdict_7` where 7 does than 6."""

    name: str
    text: str
    verdict: Verdict
    verdict_6: Verdict | None = None
    verdict_7: Verdict | None = None


def model(*lines: str) -> str:
    body = "".join(f"  {line}\n" for line in lines)
    return f"model A {{\n  id Int @id\n{body}}}\n"


def enum(*lines: str) -> str:
    body = "".join(f"  {line}\n" for line in lines)
    return f"enum E {{\n{body}}}\n"


def generator(*lines: str) -> str:
    body = "".join(f"  {line}\n" for line in lines)
    return f'generator c {{\n  provider = "x"\n{body}}}\n'


POSTGRESQL = 'datasource db {\n  provider = "postgresql"\n  url = env("URL")\n}\n'
A = model()

LISTS_OVER_LINES = (
    Snippet("multiline_attr", model("@@index(", "  [id]", ")"), UNREADABLE),
    Snippet("multiline_array_attr", model("@@index([", "  id,", "])"), UNREADABLE),
    Snippet("multiline_field_attr", model("a String @default(", '  "x")'), UNREADABLE),
    Snippet(
        "multiline_relation",
        model("a A @relation(", "  fields: [id],", "  references: [id]", ")"),
        UNREADABLE,
    ),
    Snippet("multiline_preview", generator("previewFeatures = [", '  "views"', "]"), UNREADABLE),
    Snippet("comment_in_args", model("@@index([id, // why", "])"), UNREADABLE),
    Snippet("config_two_line", generator("a =", '  "b"'), UNREADABLE),
    Snippet("str_newline", model('a String @default("x', 'y")'), UNREADABLE),
)

COMMENTS = (
    Snippet("block_comment_top", "/* x */\n" + A, UNREADABLE, FINE),
    Snippet("block_comment_in", model("/* x", "   y */"), UNREADABLE, FINE),
    Snippet("block_comment_trail", model("a Int /* x */"), UNREADABLE, FINE),
    Snippet(
        "block_comment_trail_blank",
        model("a Int /* x */ ", "b Int @unique /* x", " y */\t"),
        UNREADABLE,
        FINE,
    ),
    Snippet("block_comment_trail_value", enum("A /* x */ ") + A, UNREADABLE, FINE),
    Snippet("block_comment_trail_attribute", model('@@map("a") /* x */ '), UNREADABLE, FINE),
    Snippet("block_comment_trail_property", generator('a = "b" /* x */ '), UNREADABLE, FINE),
    Snippet("block_comment_then_code", model("a Int /* x */ @unique"), UNREADABLE),
    Snippet("block_comment_twice", model("a Int /* x */ /* y */"), UNREADABLE),
    Snippet("block_comment_after_open", "model A { /* x */\n  id Int @id\n}\n", FINE),
    Snippet("block_comment_after_open_not_closed", "model A { /* x\n  id Int @id\n}\n", FINE),
    Snippet("comment_after_open", "model A { // x\n  id Int @id\n}\n", FINE),
    Snippet("comment_after_close", "model A {\n  id Int @id\n} // x\n", FINE),
    Snippet("comment_only", "// x\n", FINE),
    Snippet("comment_no_nl_eof", A + "// x", FINE),
    Snippet("slashes4", "//// x\n" + A, FINE),
    Snippet("hash_comment", "# x\n" + A, UNREADABLE),
    Snippet("doc_between_attr", model("a Int", "/// x", "@@index([a])"), FINE),
    Snippet("nested_brace_comment", model("// { } }", "a Int // }"), FINE),
)

BRACES = (
    Snippet("one_line_model", "model A { id Int @id }\n", UNREADABLE),
    Snippet("one_line_enum", "enum E { A }\n", UNREADABLE),
    Snippet("value_after_open", "enum E { A\n  B\n}\n", FINE),
    Snippet("junk_after_open", "model A { junk\n  id Int @id\n}\n", FINE),
    Snippet("brace_next_line", "model A\n{\n  id Int @id\n}\n", UNREADABLE),
    Snippet("close_same_line", "model A {\n  id Int @id }\n", UNREADABLE),
    Snippet("text_after_close", "model A {\n  id Int @id\n} enum E {\n  B\n}\n", FINE),
    Snippet("no_space_brace", "model A{\n  id Int @id\n}\n", FINE),
    Snippet("two_on_line", A.rstrip() + " " + A.replace("A", "B"), FINE),
    Snippet("modelA_nospace", "modelA {\n  id Int @id\n}\n", FINE),
    Snippet("no_final_newline", A.rstrip(), FINE),
    Snippet("no_newline_last_field", "model A {\n  id Int @id", UNREADABLE),
    Snippet("spaces_before_kw", "   " + A, FINE),
    Snippet("tabs", "\tmodel\tA\t{\n\tid\tInt\t@id\n\t}\n", FINE),
    Snippet("empty_model", "model A {\n}\n", SENSELESS),
    Snippet("empty_model2", "model A {}\n", UNREADABLE),
    Snippet("empty_enum", "enum E {\n}\n", SENSELESS),
    Snippet("empty", "", FINE),
    Snippet("ws_only", " \n\t\n", FINE),
)

CHARACTERS = (
    Snippet("crlf", A.replace("\n", "\r\n"), FINE),
    Snippet("lone_cr", A.replace("\n", "\r"), FINE),
    Snippet("bom", "\ufeff" + A, UNREADABLE),
    Snippet("nbsp", model("a\u00a0Int\u00a0@unique"), FINE),
    Snippet("ideographic_space", model("a\u3000Int"), FINE),
    Snippet("formfeed", model("a\fInt"), UNREADABLE),
    Snippet("vtab", model("a\vInt"), UNREADABLE),
    Snippet("zwsp", model("a\u200bInt"), UNREADABLE),
    Snippet("u2028", model("a Int // x\u2028y"), FINE),
    Snippet("nel", model("a\u0085Int"), UNREADABLE),
)

NAMES = (
    Snippet("ident_unicode", A.replace("A", "Größe"), UNREADABLE, FINE),
    Snippet("field_unicode", model("größe Int"), UNREADABLE, FINE),
    Snippet("ident_dash", model("a-b Int"), SENSELESS),
    Snippet("ident_digit", A.replace("A", "1A"), SENSELESS),
    Snippet("ident_us", A.replace("A", "_A"), UNREADABLE),
    Snippet("field_us", model("_a Int"), UNREADABLE),
    Snippet("gen_dash", 'generator my-client {\n  provider = "x"\n}\n', FINE),
    Snippet("model_named_model", A.replace("A", "model"), FINE),
    Snippet("model_named_enum", A.replace("A", "enum"), SENSELESS),
    Snippet("model_named_type", A.replace("A", "type"), FINE),
    Snippet("field_named_model", model("model Int", "enum Int", "type Int"), FINE),
    Snippet("model_String", A.replace("A", "String"), SENSELESS),
    Snippet("model_Int2", A.replace("A", "Int2"), FINE),
    Snippet("model_PrismaClient", A.replace("A", "PrismaClient"), SENSELESS),
    Snippet("model_async", A.replace("A", "async"), FINE, SENSELESS),
    Snippet("model_True", A.replace("A", "True"), FINE),
    Snippet("model_case", A + A.replace("A", "a"), FINE),
)

FIELDS = (
    Snippet("legacy_colon", model("a: Int"), UNREADABLE),
    Snippet("legacy_bang", model("a Int!"), UNREADABLE),
    Snippet("legacy_list", model("a [Int]"), UNREADABLE),
    Snippet("opt_list", model("a Int[]?"), UNREADABLE),
    Snippet("list_space", POSTGRESQL + model("a Int []"), FINE),
    Snippet("opt_space", model("a Int ?"), FINE),
    Snippet("field_only_name", model("a"), UNREADABLE),
    Snippet("field_attr_only", model("a @unique"), UNREADABLE),
    Snippet("unsupported", POSTGRESQL + model('a Unsupported("tsvector")?'), FINE),
    Snippet("unsupported_space", POSTGRESQL + model('a Unsupported ("tsvector")?'), UNREADABLE),
    Snippet("semicolon", model("a Int;"), UNREADABLE),
    Snippet("comma_fields", model("a Int,"), UNREADABLE),
    Snippet("composite", POSTGRESQL + "type T {\n  a Int\n}\n", SENSELESS),
    Snippet("enum_attr", enum("A @deprecated"), SENSELESS),
    Snippet("enum_same_line", enum("A B"), UNREADABLE),
    Snippet("enum_comma", enum("A,", "B"), UNREADABLE),
)

ATTRIBUTES = (
    Snippet("attr_space", model("a Int @ unique"), FINE),
    Snippet("attr_paren_space", model("a Int @default ( 1 )"), FINE),
    Snippet("attr_dotspace", POSTGRESQL + model("a String @db. Text"), UNREADABLE),
    Snippet("attrs_nospace", model('a Int @unique@map("b")'), FINE),
    Snippet("type_attr_nospace", model("a Int@unique"), FINE),
    Snippet("block_attr_space", model("@@ index ( [ id ] )"), FINE),
    Snippet("two_block_attrs", model('@@index([id]) @@map("b")'), UNREADABLE),
    Snippet("triple_at", model("@@@index([id])"), UNREADABLE),
    Snippet("trailing_comma", model("@@index([id],)"), SENSELESS),
    Snippet("trailing_comma_array", model("@@index([id,])"), UNREADABLE),
    Snippet("empty_arg", model("@@index(fields:)"), SENSELESS),
    Snippet("empty_parens", model("a Int @unique()"), FINE),
    Snippet("fn_nested", POSTGRESQL + model('a String @default(dbgenerated("f(g(1))"))'), FINE),
    Snippet(
        "ops_raw", POSTGRESQL + model("a Json", '@@index([a(ops: raw("jsonb_path_ops"))], type: Gin)'), FINE
    ),
)

LITERALS = (
    Snippet("str_escape", model(r'a String @default("\" \\ \n \u00e9")'), FINE),
    Snippet("str_bad_escape", model(r'a String @default("C:\data")'), UNREADABLE),
    Snippet("str_slash", model('a String @default("a // b")'), FINE),
    Snippet("str_brace", model('a String @default("} {")'), FINE),
    Snippet("str_single", model("a String @default('x')"), UNREADABLE),
    Snippet("str_tab", model('a String @default("x\ty")'), UNREADABLE),
    Snippet("unterminated", model('a String @default("x)'), UNREADABLE),
    Snippet("num_neg", model("a Int @default(-1)"), FINE),
    Snippet("num_plus", model("a Int @default(+1)"), UNREADABLE),
    Snippet("num_exp", model("a Float @default(1e3)"), UNREADABLE),
    Snippet("num_dot", model("a Float @default(.5)"), UNREADABLE),
    Snippet("num_us", model("a Int @default(1_000)"), UNREADABLE),
)

CONFIGURATION = (
    Snippet("config_empty_value", generator("foo ="), SENSELESS),
    Snippet("config_number", generator("foo = 12"), FINE),
    Snippet("config_obj", generator("foo = { a = 1 }"), UNREADABLE),
    Snippet("config_dup", generator('provider = "y"'), SENSELESS),
    Snippet("config_dotkey", generator('a.b = "x"'), UNREADABLE),
    Snippet("config_attr", generator('@@map("x")'), UNREADABLE),
)

OBJECTS = (
    Snippet("object", generator("a = { b: 1, c: { d: null } }"), UNREADABLE, verdict_7=FINE),
    Snippet("object_tight", generator('a={b:"}",c-d:[{e:f(g)}],1:true} // h'), UNREADABLE, verdict_7=FINE),
    Snippet("object_empty", generator("a = {}"), UNREADABLE, verdict_7=FINE),
    Snippet("object_trailing_comma", generator("a = { b: 1, }"), UNREADABLE),
    Snippet("object_without_value", generator("a = { b: }"), UNREADABLE),
    Snippet("object_string_key", generator('a = { "b": 1 }'), UNREADABLE),
    Snippet("object_dotted_key", generator("a = { b.c: 1 }"), UNREADABLE),
    Snippet("object_lines", generator("a = {", "  b: 1", "}"), UNREADABLE),
    Snippet("object_argument", model("a Int @default({})"), UNREADABLE, verdict_7=SENSELESS),
)

TOP_LEVEL = (
    Snippet("type_alias", "type T = Int\n", UNREADABLE),
    Snippet("garbage_top", "hello\n" + A, UNREADABLE),
    Snippet("import_stmt", 'import "other.prisma"\n' + A, UNREADABLE),
    Snippet("dup_model", A + A, SENSELESS),
    Snippet("dup_field", model("id Int"), SENSELESS),
    Snippet("model_enum_same", A + "enum A {\n  B\n}\n", SENSELESS),
    Snippet("two_ds", POSTGRESQL + POSTGRESQL.replace("db", "other"), SENSELESS),
    Snippet("two_gen_same", generator() + generator(), SENSELESS),
    Snippet("ds_gen_same_name", POSTGRESQL + generator().replace("generator c", "generator db"), FINE),
)

SNIPPETS = (
    *LISTS_OVER_LINES,
    *COMMENTS,
    *BRACES,
    *CHARACTERS,
    *NAMES,
    *FIELDS,
    *ATTRIBUTES,
    *LITERALS,
    *CONFIGURATION,
    *OBJECTS,
    *TOP_LEVEL,
)
