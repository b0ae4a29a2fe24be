"""The same job as a good user of another tool would script it: read the exports, drop repeats, one row per filing, label by codes and
words, keep texts as Parquet, tables and five figures in a DuckDB file (Spark: Parquet).

Each is a script of its own, `python SCRIPT INBOX RULES OUT`, and prints how many filings and labels it found. RULES holds per branch
one regular expression for the text and one for the codes. They know no quarantine, families, owners' spellings, places,
evidence, checks or versions: they do less than a refresh does.
"""
