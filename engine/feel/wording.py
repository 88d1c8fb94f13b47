"""What FEEL and DMN say of a fault, by its code: in Chinese and in English."""

from __future__ import annotations

ZH, EN = 0, 1
LANGUAGES = {"zh": ZH, "en": EN}
"""The languages that faults are told in."""

SYNTAX = {
    "expected": ("这里应为“{wanted}”，却是“{found}”", "expected “{wanted}” here, found “{found}”"),
    "expected_at_end": (
        "这里应为“{wanted}”，表达式却结束了",
        "expected “{wanted}” here, but the expression ends",
    ),
    "expected_expression": (
        "这里应为表达式，却是“{found}”",
        "expected an expression, found “{found}”",
    ),
    "expression_missing": (
        "这里应为表达式，表达式却结束了",
        "expected an expression here, but the text ends",
    ),
    "expected_end": (
        "这里应为运算符或结尾，却是“{found}”",
        "expected an operator or the end, found “{found}”",
    ),
    "expected_name": ("这里应为名称，却是“{found}”", "expected a name here, found “{found}”"),
    "name_missing": (
        "这里应为名称，表达式却结束了",
        "expected a name here, but the expression ends",
    ),
    "unclosed_string": ("字符串缺少结尾的引号", "the string has no closing quote"),
    "unclosed_comment": ("注释缺少结尾的“*/”", "the comment has no closing “*/”"),
    "unclosed_bracket": ("“{open}”没有对应的“{close}”", "“{open}” is never closed by “{close}”"),
    "at_needs_string": ("“@”后应为字符串", "“@” must be followed by a string"),
    "range_end": ("区间应以“]”、“)”或“[”结束", "a range must end with “]”, “)” or “[”"),
    "key_repeated": ("键“{key}”重复", "the key “{key}” occurs twice"),
    "key_needs_colon": ("上下文的键后应为“:”", "a context key must be followed by “:”"),
    "key_kind": ("上下文的键应为名称或字符串", "a context key must be a name or a string"),
    "dot_needs_name": ("“.”后应为名称", "“.” must be followed by a name"),
    "arguments_mixed": (
        "按名称和按位置的参数不能混用",
        "named and positional arguments cannot be mixed",
    ),
    "argument_repeated": ("参数名称重复", "an argument is named twice"),
    "type_unknown": ("未知的类型“{found}”", "unknown type “{found}”"),
    "type_empty": ("类型为空", "the type is empty"),
    "type_trailing": ("类型后有多余的内容", "there is something behind the type"),
    "number_too_large": ("数字过大", "the number is too large"),
    "text_too_long": ("表达式超过 {most} 个字符", "the expression has more than {most} characters"),
    "too_many_tokens": ("表达式过长", "the expression is too long"),
    "too_nested": ("表达式嵌套过深", "the expression is nested too deeply"),
}

EVALUATION = {
    "unknown_name": ("没有名为“{name}”的值", "there is no value named “{name}”"),
    "unknown_name_near": (
        "没有名为“{name}”的值，是否为“{near}”？",
        "there is no value named “{name}”; did you mean “{near}”?",
    ),
    "unknown_function": ("没有名为“{name}”的函数", "there is no function named “{name}”"),
    "unknown_function_near": (
        "没有名为“{name}”的函数，是否为“{near}”？",
        "there is no function named “{name}”; did you mean “{near}”?",
    ),
    "not_a_function": (
        "{kind} 不是函数，不能调用",
        "{kind} is not a function and cannot be called",
    ),
    "argument_count": (
        "函数 {name} 需要 {wanted} 个参数，给了 {given} 个",
        "function {name} takes {wanted} arguments, {given} given",
    ),
    "argument_names": (
        "函数 {name} 的参数应为：{wanted}",
        "the arguments of function {name} are: {wanted}",
    ),
    "argument_kinds": (
        "函数 {name} 的参数不合要求：给的是 {given}",
        "the arguments do not suit function {name}: {given} given",
    ),
    "external": ("不执行外部函数", "external functions are not executed"),
    "division_by_zero": ("除数为零：{a} / {b}", "division by zero: {a} / {b}"),
    "no_result": ("{a} {symbol} {b} 没有结果", "{a} {symbol} {b} has no result"),
    "no_result_of": ("{name} 没有结果", "{name} has no result"),
    "no_negative": ("{kind} 不能取负", "{kind} has no negative"),
    "not_comparable": ("{a} 与 {b} 不能比较大小", "{a} and {b} cannot be ordered"),
    "not_equatable": ("{a} 与 {b} 不能比较是否相等", "{a} and {b} cannot be equal or unequal"),
    "if_condition": (
        "if 的条件是 {kind}，不是真假值",
        "the condition of if is {kind}, not a boolean",
    ),
    "condition": ("条件是 {kind}，不是真假值", "the condition is {kind}, not a boolean"),
    "filter_condition": (
        "筛选条件是 {kind}，不是真假值",
        "the condition of the filter is {kind}, not a boolean",
    ),
    "filter_null": ("不能筛选空值", "null cannot be filtered"),
    "iterate_null": ("不能遍历空值", "null cannot be iterated"),
    "iterate_range": ("{a}..{b} 不能遍历", "{a}..{b} cannot be iterated"),
    "no_item": ("列表没有第 {position} 项", "the list has no item {position}"),
    "no_entry": ("{kind} 没有“{key}”", "{kind} has no “{key}”"),
    "no_key": ("没有“{key}”", "there is no “{key}”"),
    "wrong_type": ("{kind} 不是 {type} 类型的允许值", "{kind} is not an allowed value of {type}"),
    "not_temporal": ("@“{text}”不是日期、时间或期间", "@“{text}” is no date, time or duration"),
    "invalid_date": ("不是有效的日期", "not a valid date"),
    "invalid_time": ("不是有效的时间", "not a valid time"),
    "invalid_moment": ("不是有效的日期时间", "not a valid date and time"),
    "invalid_duration": ("不是有效的期间", "not a valid duration"),
    "not_all_numbers": (
        "{name} 的列表中有不是数字的元素",
        "the list of {name} holds other things than numbers",
    ),
    "not_all_booleans": (
        "{name} 的列表中有不是真假值的元素",
        "the list of {name} holds other things than booleans",
    ),
    "not_all_strings": ("列表中有不是字符串的元素", "the list holds other things than strings"),
    "separators": ("分隔符不正确", "not a legal separator"),
    "separators_same": ("两种分隔符不能相同", "the two separators must differ"),
    "not_a_number": ("文本不是数字", "the text is not a number"),
    "not_negatable": ("not 的参数不是真假值", "the argument of not is no boolean"),
    "sublist_outside": ("子列表超出范围", "the sublist is out of bounds"),
    "concatenate_null": ("concatenate 的参数不能为空", "an argument of concatenate is null"),
    "match_result": ("match 函数的结果不是真假值", "the match function gives no boolean"),
    "not_sortable": ("元素不能排序", "the elements cannot be sorted"),
    "scale_outside": ("小数位数超出范围", "the scale is out of bounds"),
    "not_whole": ("{number} 不是整数", "{number} is not a whole number"),
    "no_character": ("字符串没有第 {position} 个字符", "the string has no character {position}"),
    "length_small": ("长度应至少为 1", "the length must be at least 1"),
    "entries_shape": (
        "entries 中应是带 key 和 value 的上下文",
        "entries must hold contexts of key and value",
    ),
    "entries_keys": (
        "entries 的 key 应为互不相同的字符串",
        "the keys of entries must be different strings",
    ),
    "keys_shape": ("keys 应为非空的字符串列表", "keys must be a list of strings and not empty"),
    "keys_long": ("keys 过长", "keys is too long"),
    "not_a_context": ("“{key}”不是上下文", "“{key}” is not a context"),
    "not_all_contexts": ("contexts 中应都是上下文", "contexts must hold contexts alone"),
    "not_a_range": ("文本不是由字面量构成的区间", "the text is not a range of literals"),
    "range_order": (
        "区间的两端不能比较或颠倒",
        "the ends of the range cannot be ordered or are reversed",
    ),
    "string_too_long": ("字符串过长", "the string is too long"),
    "value_kind": ("不支持 {kind} 类型的值", "values of type {kind} are not supported"),
    "value_number": ("数字无效或过大", "the number is not valid or too large"),
    "value_nested": ("数据嵌套过深", "the data are nested too deeply"),
    "fuel": ("表达式计算量过大，已停止", "the expression takes too much work and was stopped"),
    "calls_nested": ("函数调用嵌套过深，已停止", "function calls are nested too deeply; stopped"),
    "work_nested": ("计算嵌套过深，已停止", "the computation is nested too deeply; stopped"),
    "json": ("不是有效的 JSON", "not valid JSON: {why}"),
}

PATTERN = {
    "regex_long": ("正则表达式过长", "the pattern is too long"),
    "regex_flag": ("未知的标志 {flags}", "unknown flag {flags}"),
    "regex_nested": ("正则表达式嵌套过深", "the pattern is nested too deeply"),
    "regex_brackets": ("正则表达式的括号不配对", "the brackets of the pattern do not match"),
    "regex_incomplete": ("正则表达式不完整", "the pattern is incomplete"),
    "regex_quantifiers": ("量词不能相连", "quantifiers cannot follow each other"),
    "regex_quantifier": ("量词 {{…}} 不正确", "the quantifier {{…}} is not legal"),
    "regex_times": ("量词 {{…}} 超出范围", "the quantifier {{…}} is out of bounds"),
    "regex_place": ("“{char}”的位置不正确", "“{char}” is misplaced in the pattern"),
    "regex_special": ("不支持 (?…)", "(?…) is not supported"),
    "regex_group": ("没有第 {number} 个组", "there is no group {number}"),
    "regex_escape": ("未知的转义 \\{char}", "unknown escape \\{char}"),
    "regex_category": ("\\p 后应为 {{…}}", "\\p must be followed by {{…}}"),
    "regex_class": ("未知的字符类别 {name}", "unknown category {name}"),
    "regex_bracket": ("字符类中的 [ 应写作 \\[", "[ inside a class is written \\["),
    "regex_range": ("范围 {first}-{last} 颠倒", "the range {first}-{last} is reversed"),
    "regex_size": ("正则表达式展开后过大", "the pattern expands to too much"),
}

MODEL = {
    "not_dmn": ("不是 DMN 文件", "not a DMN file"),
    "file_large": ("文件过大", "the file is too large"),
    "not_xml": ("不是有效的 XML：{why}", "not valid XML: {why}"),
    "doctype": ("不接受带 DOCTYPE 的 XML", "XML with a DOCTYPE is not accepted"),
    "model_nested": (
        "模型的类型或表达式嵌套过深",
        "the types or expressions of the model are nested too deeply",
    ),
    "no_logic": ("“{name}”没有逻辑", "“{name}” has no logic"),
    "no_expression": ("“{name}”没有表达式", "“{name}” has no expression"),
    "no_inner": ("没有表达式", "there is no expression"),
    "no_part": ("没有 {tag}", "there is no {tag}"),
    "empty": ("表达式为空", "the expression is empty"),
    "form": ("未知的表达式形式 {form}", "unknown form of expression {form}"),
    "no_outputs": ("决策表没有输出列", "the decision table has no output"),
    "row_size": ("决策表第 {number} 行的列数不符", "row {number} has a wrong number of cells"),
    "policy": ("未知的命中策略 {policy}", "unknown hit policy {policy}"),
    "requires_itself": ("决策“{name}”依赖自身", "decision “{name}” requires itself"),
    "knowledge_itself": ("“{name}”依赖自身", "“{name}” requires itself"),
    "no_input": ("没有给出输入“{name}”", "the input “{name}” is not given"),
    "no_arguments": ("没有给出参数：{names}", "these arguments are not given: {names}"),
    "not_callable": ("不能调用", "it cannot be called"),
    "model_deep": ("决策之间的依赖过深，已停止", "decisions require each other too deeply"),
    "no_rule": ("没有规则匹配", "no rule matches"),
    "several_rules": (
        "UNIQUE 决策表有 {count} 条规则同时匹配",
        "{count} rules of a UNIQUE table match",
    ),
    "rules_differ": ("ANY 决策表匹配的规则结果不同", "the matching rules of an ANY table differ"),
    "input_outside": ("输入值不在允许的范围内", "the input is not among the allowed values"),
}  # fmt: skip

SENTENCES: dict[str, tuple[str, str]] = {**SYNTAX, **EVALUATION, **PATTERN, **MODEL}
