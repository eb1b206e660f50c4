"""A lean client behaves as prisma-client-py's own; the same programs run with both."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

SAME = {
    "fields": "print({name: str(info) for name, info in db.models.Order.model_fields.items()})",
    "signature": "import inspect; print(inspect.signature(db.models.Customer))",
    "subclass": """
class Mine(db.models.Customer):
    more: int = 1
print(Mine.model_fields.keys(), Mine.model_fields['orders'].annotation)
print(Mine(id='a', email='b', createdAt='2024-01-01', orders=[]))""",
    "custom base": """
class Name(db.bases.BaseCustomer):
    email: str
print(Name.__pydantic_complete__, Name.model_validate({'email': 'x'}))""",
    "subclass with arguments": """
class Mine(db.models.Order, extra='forbid'):
    pass
print(Mine.model_config['extra'])""",
    "field of another model": """
import pydantic
class Page(pydantic.BaseModel):
    orders: list[db.models.Order]
print(Page.model_json_schema() == Page.model_json_schema(), len(Page.model_json_schema()['$defs']))""",
    "partial type": """
print(db.partials.Buyer.model_fields['orders'].annotation)
print(db.partials.Buyer(email='x', orders=[]).model_dump())""",
    "nested values": """
import pydantic, pydantic_core, typing
customer = {'id': 'a', 'email': 'b', 'createdAt': '2024-01-01T00:00:00Z'}
order = {'id': 1, 'status': 'OPEN', 'total': '1.50', 'labels': None, 'customerId': 'a', 'customer': customer}
made = db.models.Order.model_validate(order)
print(repr(made), made.model_dump_json(), made.labels)
print(pydantic_core.to_json(made.customer), pydantic.TypeAdapter(typing.Any).dump_python(made.customer))""",
    "construct": """
made = db.models.Customer.model_construct(id='a')
print(made, made.model_dump(warnings=False), made == made.model_copy())""",
    "pickled model": """
import pickle
made = db.models.Customer(id='a', email='b', createdAt='2024-01-01T00:00:00Z', orders=[])
again = pickle.loads(pickle.dumps(made))
print(again == made, again, pickle.loads(pickle.dumps(db.models.Order)) is db.models.Order)""",
    "hints of a model": "import typing; print(typing.get_type_hints(db.models.Customer)['orders'])",
    "definition": """
one = db.types.OrderCreateInput
print(one, one.__module__, sorted(one.__required_keys__), one.__annotations__, one.__doc__)
print(db.types.OrderWhereUniqueInput, db.types.OrderKeys, db.types.OrderAvgAggregateInput)""",
    "hints of a definition": """
import typing
for one in (db.types.CustomerWhereInput, db.types.OrderInclude, db.types.StringFilter):
    print(typing.get_type_hints(one))""",
    "pickled definition": """
import pickle
print(pickle.loads(pickle.dumps(db.types.OrderWhereInput)) is db.types.OrderWhereInput)""",
    "everything": """
from db.types import *
print(sorted(name for name in globals() if not name.startswith('__')))
print(OrderWhereInput is db.types.OrderWhereInput)""",
    "validate": """
print(db.validate(db.types.StringFilter, {'not': {'equals': 'a', 'not': {'in': ['b']}}}))
try: db.validate(db.types.StringFilter, {'not': {'like': 'a'}})
except Exception as error: print(error)""",
    "type adapter": """
import pydantic
adapter = pydantic.TypeAdapter(db.types.CustomerCreateInput)
print(adapter.validate_python({'email': 'a', 'orders': {'connect': [{'id': 1}]}}))""",
    "queries": """
import re
client = db.Prisma()
def shown(model=db.models.Order, method='find_many', root_selection=None, **arguments):
    builder = client._make_query_builder(
        method=method, arguments=arguments, model=model, root_selection=root_selection)
    print(re.sub(r'\\s+', '', builder.build_query()))
for _ in range(2):
    shown()
    shown(db.models.Customer, include={'orders': {'where': {'labels': {'has': 'a  b'}}, 'include': {'customer': True}}})
    shown(where={'AND': [{'id': 1}, {'total': {'in': [1, 2]}}], 'NOT': None}, order_by={'id': 'asc'})
    shown(db.models.Customer, 'create', data={'email': 'a', 'settings': db.Json({'a': 'b c'})})
    shown(method='count', root_selection=['_count { _all }'])
    shown(None, 'query_raw', query='SELECT  1', parameters=('a  b', 2))
batch = client.batch_()
batch.customer.create({'email': 'a'})
print(re.sub(r'\\s+', '', batch._Batch__queries[0]))""",
    "unknown fields": """
client = db.Prisma()
for include in ({'nothing': True}, {'email': True}, {'orders': 3}):
    try:
        client._make_query_builder(
            method='find_many', arguments={'include': include}, model=db.models.Customer, root_selection=None).build()
    except Exception as error: print(type(error).__name__, error)
try:
    client._make_query_builder(method='find_many', arguments={}, model=db.Json, root_selection=None)
except Exception as error: print(type(error).__name__)""",
    "client": """
import inspect
print(inspect.signature(db.Prisma), db.Prisma.__slots__, db.client.__all__)
print(isinstance(db.Prisma(), db._base_client.BasePrisma))
try: db.Prisma()._engine
except db.errors.ClientNotConnectedError as error: print(error)""",
    "no such name": """
print(hasattr(db.types, 'Nothing'), hasattr(db.types, '__path__'))
try: db.types.Nothing
except AttributeError as error: print(error)
try: from db.types import Nothing
except ImportError as error: print(error.msg.split(' (')[0])""",
}


@pytest.mark.parametrize("name", SAME)
def test_same_behaviour(folders, python, name: str) -> None:
    program = f"import db\n{SAME[name]}\n"
    lean, plain = (python(folders[kind], program) for kind in ("lean", "plain"))
    assert lean == plain != ""


def test_importing_builds_nothing(folders, python) -> None:
    program = """
import db
models = [getattr(db.models, name) for name in db.client.PRISMA_MODELS]
print([model.__name__ for model in models if model.__pydantic_complete__])
print([name for name in vars(db.types) if name.endswith(('Input', 'Filter', 'Keys'))])
"""
    assert python(folders["lean"], program) == "[]\n[]\n"


def test_a_definition_brings_only_what_it_needs(folders, python) -> None:
    program = """
import db
before = set(vars(db.types))
db.types.OrderWhereUniqueInput, db.types.StringWithAggregatesFilter
print(*sorted(set(vars(db.types)) - before))
"""
    assert (
        python(folders["lean"], program) == "OrderWhereUniqueInput StringFilter StringWithAggregatesFilter\n"
    )


def test_threads_that_ask_at_once(folders, python) -> None:
    program = """
import db
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
barrier = Barrier(8)
def ask(_):
    barrier.wait()
    return db.types.OrderWhereInput, str(db.models.Customer.model_fields['orders'].annotation)
with ThreadPoolExecutor(8) as pool:
    print(len(set(pool.map(ask, range(8)))))
"""
    assert python(folders["lean"], program) == "1\n"


def test_stub_that_was_edited(folders, python, tmp_path: Path) -> None:
    shutil.copytree(folders["lean"], tmp_path, dirs_exist_ok=True)
    with (tmp_path / "db" / "types.pyi").open("a", encoding="utf-8") as stub:
        stub.write("# mine\n")
    program = """
import db
try: db.types.OrderWhereInput
except ImportError as error: print(error)
"""
    assert "is not as it was generated: generate the client again" in python(tmp_path, program)
