"""The bridge: CIM base models in, one city model, its units and its tiles out.

It serves nothing, stores nothing in SQL and knows no indicators.
"""
