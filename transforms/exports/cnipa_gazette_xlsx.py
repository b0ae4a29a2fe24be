"""CNIPA 中国专利公布公告: a list of titles and publication numbers collected from the gazette."""

from transforms.export import Export, text

EXPORT = Export(
    title_zh="国家知识产权局 公布公告采集表",
    title_en="CNIPA gazette list",
    publisher="国家知识产权局 CNIPA",
    recognised_by=("标题", "公布号", "参考资料"),
    separator=";",
    date_formats=("year_month_day",),
    precedence=60,
    caps=(),
    nulls=("", "-", "--", "None"),
    generations={"2021": ("标题", "公布号", "参考资料")},
    fields={"publication_number": text("公布号"), "title": text("标题")},
    ignored=("参考资料",),
)
