#!/usr/bin/env python3
"""Mapping rules: what `portaria mapping test --dialect keystone` makes of generated rules and attributes is what Keystone's own
rule processors make of them, for each schema version; and every difference that docs/mapping.md lists is there."""
import json
import logging
import os
import random
import subprocess
import sys
import tempfile

import keystone.conf
from keystone import exception
from keystone.federation import utils

from world import arguments, check, done

logging.disable(logging.CRITICAL)
keystone.conf.configure()
SEED, CASES = 20260101, 1500
VERSIONS = {version: schema["processor"] for version, schema in utils.IDP_ATTRIBUTE_MAPPING_SCHEMAS.items()}
ATTRIBUTES = ["UserName", "Email", "orgPersonType", "Groups", "Empty"]
VALUES = ["ana", "bia", "admin", "auditors", "Employee", "a b", "x-1", "é", "it's", "{0}", "10"]
FAILED = "Keystone failed"
PATTERNS = ["^a", "s$", "[ab]", "Emp.*ee", "ana|bia", "^$", "x-\\d", ".", "(?i)ADMIN", "é"]


def ours(program, cases):
    """What comes out for each (rules, attributes)."""
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
        for rules, attributes in cases:
            file.write(json.dumps({"dialect": "keystone", "rules": rules, "attributes": attributes}) + "\n")
        file.flush()
        ended = subprocess.run([program, "mapping", "test", "--cases", file.name], capture_output=True, text=True, timeout=60)
    if ended.returncode != 0:
        raise SystemExit(ended.stderr)
    return [json.loads(line) for line in ended.stdout.splitlines()]


def theirs(version, rules, attributes):
    """The same of Keystone; none where it maps nobody."""
    try:
        utils.validate_mapping_structure({"rules": rules, "schema_version": version})
        # It changes what it is given.
        processor = VERSIONS[version]("mapping", json.loads(json.dumps(rules)))
        transform = processor._transform
        # A later rule may hide what an earlier one printed.
        processor._transform = lambda values: {"printed": json.dumps(values), **transform(values)}
        return processor.process(attributes)
    except exception.ValidationError:
        return None
    except TypeError:
        # It reads the list that it printed as a Python set of lists, and fails: the sign-in ends with 500.
        return FAILED


def domain(of):
    return (of or {}).get("id") or (of or {}).get("name")


def shape_of_ours(mapped, version):
    groups = {("id", g["id"]) if "id" in g else ("name", g["name"]["name"], g["name"]["domain"]) for g in mapped["groups"]}
    projects = [(p["name"], tuple(p["roles"]), p["domain"] if version != "1.0" else None) for p in mapped["projects"]]
    user = mapped["user"]
    return {k: user[k] for k in ("id", "name", "email")}, groups, projects


def shape_of_theirs(mapped, version):
    groups = {("id", i) for i in mapped["group_ids"]} | {("name", g["name"], domain(g["domain"])) for g in mapped["group_names"]}
    # The first version knows no domain of a project.
    projects = [(p["name"], tuple(r["name"] for r in p["roles"]), domain(p.get("domain")) if version != "1.0" else None) for p in mapped["projects"]]
    return {k: mapped["user"].get(k) for k in ("id", "name", "email")}, groups, projects


def generated(draw):
    attributes = {}
    for name in ATTRIBUTES:
        if draw.random() < 0.75:
            attributes[name] = ";".join(draw.sample(VALUES, draw.choice([1, 1, 1, 2, 3])))
    return [rule(draw) for _ in range(draw.randint(1, 4))], attributes


def rule(draw):
    remote = [requirement(draw) for _ in range(draw.randint(1, 4))]
    given = sum(not {"any_one_of", "not_any_of"} & r.keys() for r in remote)
    local = [part(draw, given) for _ in range(draw.randint(1, 3))]
    return {"local": local, "remote": remote}


def requirement(draw):
    name, kind = draw.choice(ATTRIBUTES), draw.choice([None, None, "any_one_of", "not_any_of", "whitelist", "blacklist"])
    if kind is None:
        return {"type": name}
    regex = draw.random() < 0.4
    wanted = [draw.choice(PATTERNS if regex else VALUES) for _ in range(draw.randint(1, 3))]
    return {"type": name, kind: wanted, **({"regex": True} if regex else {"regex": False} if draw.random() < 0.2 else {})}


def template(draw, given):
    if given and draw.random() < 0.7:
        return draw.choice(["{%d}", "{%d}", "u-{%d}", "{%d}@x", "{{{%d}}}"]) % draw.randrange(given)
    return draw.choice(["fixed", "other", "{{brace}}"])


def part(draw, given):
    where = draw.choice([{"id": "d1"}, {"name": "Default"}])
    kind = draw.choice(["user", "user", "group_id", "group_name", "groups", "group_ids", "projects"])
    if kind == "user":
        user = {"name": template(draw, given)}
        for field in ("id", "email"):
            if draw.random() < 0.3:
                user[field] = template(draw, given)
        if draw.random() < 0.3:
            user["domain"] = where
        if draw.random() < 0.3:
            user["type"] = "ephemeral"
        return {"user": user}
    if kind == "group_id":
        return {"group": {"id": template(draw, given)}}
    if kind == "group_name":
        return {"group": {"name": template(draw, given), "domain": where}}
    if kind == "groups":
        return {"groups": template(draw, given), "domain": where}
    if kind == "group_ids":
        return {"group_ids": template(draw, given)}
    roles = [{"name": template(draw, given)} for _ in range(draw.randint(1, 2))]
    return {"projects": [{"name": template(draw, given), "roles": roles}], "domain": where}


def names_a_list(of):
    """Whether Keystone printed a list where one text should stand: the difference that would hide every other."""
    return "['" in of["printed"] or '[\\"' in of["printed"] or "[]" in of["printed"]


def agree(program):
    draw = random.Random(SEED)
    cases = [generated(draw) for _ in range(CASES)]
    counts = {"mapped": 0, "nobody": 0, "several": 0, "failed": 0}
    for (rules, attributes), found in zip(cases, ours(program, cases), strict=True):
        for version in VERSIONS:
            wanted = theirs(version, rules, attributes)
            seen = f"{version} {json.dumps(rules)} {json.dumps(attributes)}: ours {found}, theirs {wanted}"
            if "fault" in found:
                check("generated rules are readable", False, seen)
            elif found.get("refused") == "mapping.not_one_value":
                if wanted is None or wanted != FAILED and not names_a_list(wanted):
                    check("a refusal of several values is where Keystone prints a list", False, seen)
                counts["several"] += 1
            elif found.get("refused") == "mapping.no_rule":
                if wanted is not None:
                    check("nobody is mapped where Keystone maps nobody", False, seen)
                counts["nobody"] += 1
            elif "mapped" in found and wanted == FAILED:
                # A text of its own making that Keystone cannot read back, such as `{{0}}` as a group: nothing to compare.
                counts["failed"] += 1
            elif "mapped" not in found or wanted is None or shape_of_ours(found["mapped"], version) != shape_of_theirs(wanted, version):
                check("users, groups and projects are Keystone's", False, seen)
            else:
                counts["mapped"] += 1
    enough = counts["mapped"] > 1000 and counts["nobody"] > 100 and counts["several"] > 100 and counts["failed"] < 20
    check(f"{CASES} generated mappings in {len(VERSIONS)} schema versions: users, groups and projects are Keystone's ({counts})", enough, counts)


def differ(program):
    """Each difference of the list: what is tried, what comes out of ours, what Keystone does with it."""
    local = lambda **what: [{"local": [what], "remote": [{"type": "G"}]}]
    where = {"name": "Default"}
    cases = [
        ("two values in one text are no name", local(user={"name": "u-{0}"}), {"G": "a;b"}, {"refused": "mapping.not_one_value"},
         lambda k: k["user"]["name"] == "u-['a', 'b']"),
        ("equal values that an expression lets through are one", [{"local": [{"user": {"name": "{0}"}}], "remote": [{"type": "G", "whitelist": ["a"], "regex": True}]}],
         {"G": "a;a"}, "a", lambda k: k["user"]["name"] == "['a', 'a']"),
        ("what a sender writes as a list is one group", local(groups="{0}", domain=where), {"G": "['admin', 'x']"}, ["['admin', 'x']"],
         lambda k: [g["name"] for g in k["group_names"]] == ["admin", "x"]),
        ("a list in a rule is JSON, not Python", local(groups="['a', 'b']", domain=where), {"G": "v"}, ["['a', 'b']"],
         lambda k: [g["name"] for g in k["group_names"]] == ["a", "b"]),
        ("a group whose text holds `name` is a group", local(groups="names", domain=where), {"G": "v"}, ["names"], None),
        ("an empty user name is none", local(user={"name": "{0}"}), {"G": ""}, {"refused": "mapping.user_name"}, lambda k: k["user"]["name"] == ""),
        ("local users are not taken over", local(user={"name": "{0}", "type": "local"}), {"G": "a"}, "rules[0].local[0].user.type",
         lambda k: k["user"]["type"] == "local"),
        ("a sender chooses no projects", local(projects_json="{0}"), {"G": "[]"}, "rules[0].local[0]", lambda k: k["projects"] == []),
        ("a placeholder without a value is found when read", local(user={"name": "{1}"}), {"G": "a"}, "rules[0].local[0].user.name", None),
        ("an expression that must backtrack is found when read", [{"local": [], "remote": [{"type": "G", "any_one_of": ["(?=a)a"], "regex": True}]}], {"G": "a"},
         "rules[0].remote[0].any_one_of[0]", None),
        ("65 conditions are too many", [{"local": [{"user": {"name": "x"}}], "remote": [{"type": "G"}] * 65}], {"G": "a"}, "rules[0].remote",
         lambda k: k["user"]["name"] == "x"),
    ]
    for (what, rules, attributes, wanted, of_keystone), found in zip(cases, ours(program, [case[1:3] for case in cases]), strict=True):
        if isinstance(wanted, dict):
            good = found == wanted
        elif isinstance(wanted, str) and not wanted.startswith("rules"):
            good = found.get("mapped", {}).get("user", {}).get("name") == wanted
        elif isinstance(wanted, str):
            good = found.get("fault", {}).get("at") == wanted
        else:
            good = [g["name"]["name"] for g in found.get("mapped", {}).get("groups", [])] == wanted
        check(what, good, found)
        try:
            seen = theirs("3.0", rules, attributes)
        except Exception as error:  # Keystone has no one way of failing here.
            seen = error
        # Where Keystone comes to agree, the list must be shortened.
        differs = of_keystone(seen) if of_keystone and isinstance(seen, dict) else of_keystone is None
        check(f"Keystone still differs: {what}", differs, seen)


program = os.path.realpath(arguments())
agree(program)
differ(program)
done()
sys.exit(0)
