"""A 3DCityDB v5 of the tests' own: its tables, and a writer that fills them from CityGML.

The structure (tables, columns, types, keys, class numbers) is that of 3DCityDB, Apache-2.0,
https://github.com/3dcitydb/3dcitydb and the documentation beside it; the statements are our own.
"""
