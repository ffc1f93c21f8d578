"""B1 on other engines, over the very columns that doudi was given.

    python engines.py FOLDER THREADS [ENGINE ...]

FOLDER holds what `doudi-bench rules N --out FOLDER` wrote: raw little-endian columns and `totals.json`. Every engine
must give the same integers; the first difference ends the run. Money is in tenths of a fen until the one rounding, so
nothing is approximate. Prints one line of JSON for each engine and form: best of five, thousand persons a second.
"""

import json
import os
import sys
import time

FOLDER, THREADS = sys.argv[1], int(sys.argv[2])
WANTED = sys.argv[3:] or ["duckdb", "polars", "datafusion", "openfisca"]
os.environ["POLARS_MAX_THREADS"] = str(THREADS)

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

ROUNDS = 5


def raw(name, dtype="<i8"):
    return np.fromfile(os.path.join(FOLDER, name + ".bin"), dtype=dtype)


EXPECTED = json.load(open(os.path.join(FOLDER, "totals.json")))
OFFSETS = raw("offsets", "<u4").astype(np.int64)
HOUSEHOLDS = len(OFFSETS) - 1
MISSING = raw("wage_missing", "u1").astype(bool)
MEMBERS = {name: raw(name) for name in ("wage", "pension", "farm", "support", "years", "grade")}
OWN = {name: raw(name) for name in ("assets", "cars", "houses", "county", "class")}
STANDARD = raw("standard")
PERSONS = len(MISSING)


def check(engine, form, row, key="with_gaps"):
    got = [[int(v or 0) for v in row[i : i + 3]] for i in (0, 3, 6)]
    if got != EXPECTED[key]:
        sys.exit(f"{engine} {form}: {got}, expected {EXPECTED[key]}")


def report(engine, form, run, key="with_gaps", note=""):
    best = None
    for _ in range(ROUNDS):
        start = time.perf_counter()
        row = run()
        took = time.perf_counter() - start
        best = took if best is None else min(best, took)
        check(engine, form, row, key)
    print(
        json.dumps(
            dict(
                engine=engine,
                form=form,
                threads=THREADS,
                best_ms=round(best * 1000, 1),
                thousand_persons_s=round(PERSONS / best / 1000),
                load=round(os.getloadavg()[0], 1),
                note=note,
            )
        ),
        flush=True,
    )


def tables():
    members = {k: (pa.array(v, mask=MISSING) if k == "wage" else pa.array(v)) for k, v in MEMBERS.items()}
    owner = np.repeat(np.arange(HOUSEHOLDS), np.diff(OFFSETS))
    p = pa.table({"hh": pa.array(owner), **members})
    h = pa.table({"hh": pa.array(np.arange(HOUSEHOLDS)), **{k: pa.array(v) for k, v in OWN.items()}})
    counties = len(STANDARD) // 2
    s = pa.table(
        {
            "county": pa.array(np.repeat(np.arange(counties), 2)),
            "class": pa.array(np.tile(np.arange(2), counties)),
            "std": pa.array(STANDARD),
        }
    )
    lists = {k: pa.ListArray.from_arrays(pa.array(OFFSETS, pa.int32()), v) for k, v in members.items()}
    g = pa.table({**{name: h[name] for name in h.column_names}, **lists})
    return p, h, s, g


GROUPED = """
 a as (select hh, count(*) n, sum(coalesce(wage, 0) * 9 + (pension + farm + support) * 10) inc,
  count(*) - count(wage) miss, sum(case when years >= 70 then 1 else 0 end) eld,
  sum(case when years < 18 then 1 else 0 end) minor, sum(case when grade in (1, 2) then 1 else 0 end) sev
  from p group by hh),
 b as (select h.assets, h.cars, h.houses, a.*, s.std from h join a on h.hh = a.hh
  join s on s.county = h.county and s.class = h.class)"""

RULES = """
 c as (select *, (assets <= std * 24 * n and cars = 0 and houses <= 1) aok from b),
 d as (select *,
  case when not aok or inc >= 10 * std * n then false when miss > 0 then null else true end elig,
  case when not aok or eld <> n or inc > 0 then false when miss > 0 then null else true end tk,
  case when not aok or 2 * inc >= 30 * std * n then false when miss > 0 then null
   else inc >= 10 * std * n end edge from c),
 e as (select *, (elig and not tk) dibao, {div}(std * 13 * n + 9, 10) tk_fen,
  {div}(least(10 * std * n - inc + std * (3 * sev + 2 * eld + 2 * minor), 10 * std * n) + 9, 10) dibao_fen from d)
select sum(case when tk then 1 else 0 end), sum(case when tk is null then 1 else 0 end),
 sum(case when tk then tk_fen else 0 end),
 sum(case when dibao then 1 else 0 end), sum(case when dibao is null then 1 else 0 end),
 sum(case when dibao then dibao_fen else 0 end),
 sum(case when edge then 1 else 0 end), sum(case when edge is null then 1 else 0 end), 0 from e
"""


def duckdb(p, h, s, g):
    import duckdb

    con = duckdb.connect()
    con.execute(f"set threads = {THREADS}")
    for name, table in dict(p=p, h=h, s=s, g=g).items():
        con.register("arrow_" + name, table)
        con.execute(f"create table {name} as select * from arrow_{name}")
    con.execute("create macro div(a, b) as a // b")
    rules = RULES.replace("{div}", "div")
    grouped = "with" + GROUPED + "," + rules
    listed = (
        """with b as (select assets, cars, houses, std, len(years) n,
  9 * coalesce(list_sum(wage), 0) + 10 * (list_sum(pension) + list_sum(farm) + list_sum(support)) inc,
  len(list_filter(wage, lambda x: x is null)) miss, len(list_filter(years, lambda x: x >= 70)) eld,
  len(list_filter(years, lambda x: x < 18)) minor, len(list_filter(grade, lambda x: x in (1, 2))) sev
  from g join s on s.county = g.county and s.class = g.class),"""
        + rules
    )
    report("duckdb " + duckdb.__version__, "grouped", lambda: con.execute(grouped).fetchone())
    report("duckdb " + duckdb.__version__, "list column", lambda: con.execute(listed).fetchone())


def polars(p, h, s, g):
    import polars as pl

    c = pl.col
    p, h, s, g = (pl.from_arrow(t) for t in (p, h, s, g))
    name = "polars " + pl.__version__

    def rules(b):
        b = b.with_columns(
            aok=(c("assets") <= c("std") * 24 * c("n")) & (c("cars") == 0) & (c("houses") <= 1)
        ).with_columns(
            elig=pl.when(~c("aok") | (c("inc") >= 10 * c("std") * c("n")))
            .then(False)
            .when(c("miss") > 0)
            .then(None)
            .otherwise(True),
            tk=pl.when(~c("aok") | (c("eld") != c("n")) | (c("inc") > 0))
            .then(False)
            .when(c("miss") > 0)
            .then(None)
            .otherwise(True),
            edge=pl.when(~c("aok") | (2 * c("inc") >= 30 * c("std") * c("n")))
            .then(False)
            .when(c("miss") > 0)
            .then(None)
            .otherwise(c("inc") >= 10 * c("std") * c("n")),
        )
        dibao = c("elig") & ~c("tk")
        cap = 10 * c("std") * c("n")
        more = cap - c("inc") + c("std") * (3 * c("sev") + 2 * c("eld") + 2 * c("minor"))
        b = b.with_columns(
            dibao=dibao,
            tk_fen=(c("std") * 13 * c("n") + 9) // 10,
            dibao_fen=(pl.min_horizontal(more, cap) + 9) // 10,
        )
        met = lambda o: c(o).fill_null(False)
        due = lambda o, fen: pl.when(met(o)).then(c(fen)).otherwise(0).sum()
        return b.select(
            met("tk").sum().alias("1"),
            c("tk").null_count().alias("2"),
            due("tk", "tk_fen").alias("3"),
            met("dibao").sum().alias("4"),
            c("dibao").null_count().alias("5"),
            due("dibao", "dibao_fen").alias("6"),
            met("edge").sum().alias("7"),
            c("edge").null_count().alias("8"),
            pl.lit(0).alias("9"),
        )

    def grouped(engine):
        a = (
            p.lazy()
            .group_by("hh")
            .agg(
                n=pl.len().cast(pl.Int64),
                inc=(c("wage").fill_null(0) * 9 + (c("pension") + c("farm") + c("support")) * 10).sum(),
                miss=c("wage").null_count().cast(pl.Int64),
                eld=(c("years") >= 70).cast(pl.Int64).sum(),
                minor=(c("years") < 18).cast(pl.Int64).sum(),
                sev=c("grade").is_between(1, 2).cast(pl.Int64).sum(),
            )
        )
        b = h.lazy().join(a, on="hh").join(s.lazy(), on=["county", "class"])
        return rules(b).collect(engine=engine).row(0)

    def listed(engine):
        count = lambda name, test: c(name).list.eval(test).list.sum().cast(pl.Int64)
        e = pl.element()
        b = (
            g.lazy()
            .join(s.lazy(), on=["county", "class"])
            .with_columns(
                n=c("years").list.len().cast(pl.Int64),
                inc=9 * c("wage").list.sum()
                + 10 * (c("pension").list.sum() + c("farm").list.sum() + c("support").list.sum()),
                miss=count("wage", e.is_null().cast(pl.Int64)),
                eld=count("years", (e >= 70).cast(pl.Int64)),
                minor=count("years", (e < 18).cast(pl.Int64)),
                sev=count("grade", e.is_between(1, 2).cast(pl.Int64)),
            )
        )
        return rules(b).collect(engine=engine).row(0)

    for engine in ("streaming", "in-memory"):
        report(name, f"grouped, {engine}", lambda: grouped(engine))
        report(name, f"list column, {engine}", lambda: listed(engine))


def datafusion(p, h, s, g):
    import datafusion
    from datafusion import SessionConfig, SessionContext, col

    name = "datafusion " + datafusion.__version__
    query = "with" + GROUPED + "," + RULES.replace("{div}(", "div(")
    # DataFusion divides integers towards zero; all of these are positive.
    query = query.replace("div(std * 13 * n + 9, 10)", "(std * 13 * n + 9) / 10").replace(
        "div(least(10 * std * n - inc + std * (3 * sev + 2 * eld + 2 * minor), 10 * std * n) + 9, 10)",
        "(least(10 * std * n - inc + std * (3 * sev + 2 * eld + 2 * minor), 10 * std * n) + 9) / 10",
    )

    def run(context):
        return list(context.sql(query).collect()[0].to_pylist()[0].values())

    context = SessionContext(SessionConfig().with_target_partitions(THREADS))
    for table, data in dict(p=p, h=h, s=s).items():
        batches = data.to_batches(max_chunksize=1 << 16)
        parts = [batches[i::THREADS] for i in range(THREADS)]
        context.register_record_batches(table, [part for part in parts if part])
    report(name, "grouped", lambda: run(context))
    # Its lists have no sums: told that the rows are sorted by household, it need not hash them.
    for table, data in dict(p=p, h=h).items():
        pq.write_table(data, os.path.join(FOLDER, table + ".parquet"), compression="none", use_dictionary=False)
    context = SessionContext(SessionConfig().with_target_partitions(THREADS))
    order = [[col("hh").sort(ascending=True)]]
    for table in "ph":
        path = os.path.join(FOLDER, table + ".parquet")
        context.register_parquet(table, path, file_sort_order=order)
    context.register_record_batches("s", [s.to_batches()])
    report(name, "sorted", lambda: run(context), note="reads uncompressed Parquet")


def openfisca(p, h, s, g):
    from openfisca_core import __name__ as _  # noqa: F401
    from importlib.metadata import version

    from openfisca_core.entities import build_entity
    from openfisca_core.periods import MONTH
    from openfisca_core.simulation_builder import SimulationBuilder
    from openfisca_core.taxbenefitsystems import TaxBenefitSystem
    from openfisca_core.variables import Variable

    person = build_entity(key="person", plural="persons", label="", is_person=True)
    household = build_entity(key="household", plural="households", label="", roles=[{"key": "member", "plural": "members"}])
    system = TaxBenefitSystem([person, household])
    period = "2024-06"

    def variable(name, entity, kind, formula=None):
        parts = dict(value_type=kind, entity=entity, definition_period=MONTH, label=name)
        if formula:
            parts["formula"] = formula
        system.add_variable(type(name, (Variable,), parts))

    # Its whole numbers have 32 bits: sums stay in fen, tenths of a fen in 64-bit temporaries.
    wide = lambda v: v.astype(np.int64)
    for name in MEMBERS:
        variable(name, person, int)
    for name in ("assets", "cars", "houses", "std"):
        variable(name, household, int)
    variable("income10", person, int, lambda x, t: x("wage", t) * 9 + (x("pension", t) + x("farm", t) + x("support", t)) * 10)
    variable("n", household, int, lambda x, t: x.nb_persons())
    variable("inc", household, int, lambda x, t: x.sum(x.members("income10", t)))
    variable("eld", household, int, lambda x, t: x.sum(x.members("years", t) >= 70))
    variable("minor", household, int, lambda x, t: x.sum(x.members("years", t) < 18))
    variable("sev", household, int, lambda x, t: x.sum((x.members("grade", t) >= 1) * (x.members("grade", t) <= 2)))
    variable("aok", household, bool, lambda x, t: (x("assets", t) <= wide(x("std", t)) * 24 * x("n", t)) * (x("cars", t) == 0) * (x("houses", t) <= 1))
    variable("elig", household, bool, lambda x, t: (x("inc", t) < 10 * wide(x("std", t)) * x("n", t)) * x("aok", t))
    variable("tk", household, bool, lambda x, t: (x("inc", t) == 0) * (x("eld", t) == x("n", t)) * x("aok", t))
    variable("dibao", household, bool, lambda x, t: x("elig", t) * np.logical_not(x("tk", t)))
    variable("edge", household, bool, lambda x, t: np.logical_not(x("elig", t)) * (2 * wide(x("inc", t)) < 30 * wide(x("std", t)) * x("n", t)) * x("aok", t))
    variable("tk_fen", household, int, lambda x, t: (wide(x("std", t)) * 13 * x("n", t) + 9) // 10)

    def due(x, t):
        cap = 10 * wide(x("std", t)) * x("n", t)
        more = cap - x("inc", t) + wide(x("std", t)) * (3 * x("sev", t) + 2 * x("eld", t) + 2 * x("minor", t))
        return (np.minimum(more, cap) + 9) // 10

    variable("dibao_fen", household, int, due)
    owner = np.repeat(np.arange(HOUSEHOLDS), np.diff(OFFSETS))
    wage = np.where(MISSING, 0, MEMBERS["wage"])
    inputs = {**MEMBERS, "wage": wage, **{k: OWN[k] for k in ("assets", "cars", "houses")}}
    inputs["std"] = STANDARD[OWN["county"] * 2 + OWN["class"]]
    inputs = {k: v.astype(np.int32) for k, v in inputs.items()}

    def build():
        builder = SimulationBuilder()
        builder.create_entities(system)
        builder.declare_person_entity("person", np.arange(PERSONS))
        instance = builder.declare_entity("household", np.arange(HOUSEHOLDS))
        builder.join_with_persons(instance, owner, roles=np.repeat(np.array(["member"]), PERSONS))
        simulation = builder.build(system)
        for name, values in inputs.items():
            simulation.set_input(name, period, values)
        return simulation

    def calculate(simulation):
        get = lambda name: simulation.calculate(name, period)
        tk, dibao, edge = get("tk"), get("dibao"), get("edge")
        paid = lambda who, fen: int(np.where(who, get(fen).astype(np.int64), 0).sum())
        return [tk.sum(), 0, paid(tk, "tk_fen"), dibao.sum(), 0, paid(dibao, "dibao_fen"), edge.sum(), 0, 0]

    name = "openfisca-core " + version("openfisca-core")
    note = "no missing values: a missing wage counts as zero"
    report(name, "end to end", lambda: calculate(build()), "gaps_as_zero", note)
    built = [build() for _ in range(ROUNDS)]
    report(name, "calculation only", lambda: calculate(built.pop()), "gaps_as_zero", note)


if __name__ == "__main__":
    data = tables()
    for engine in WANTED:
        {"duckdb": duckdb, "polars": polars, "datafusion": datafusion, "openfisca": openfisca}[engine](*data)
