using DataPipeline.Core;

namespace DataPipeline.Filters;

/// <summary>A test set: its files and the columns that hold question, choices and answer.</summary>
public sealed class TestSet
{
    private static readonly string[] Questions =
        ["passage", "context", "article", "ctx", "premise", "instruction", "question", "prompt", "input", "query", "problem", "hypothesis", "goal", "sentence", "text"];

    private static readonly string[] ChoiceColumns = ["choices", "options", "endings", "A", "B", "C", "D", "E", "F"];

    private static readonly string[] AnswerColumns =
        ["answer", "answers", "target", "targets", "label", "gold", "canonical_solution", "solution", "output", "completion", "response", "explanation", "rationale", "other.solution"];

    private readonly IReadOnlyList<string> _patterns;

    /// <summary>Bound from YAML.</summary>
    /// <param name="files">Files (.jsonl, .json, .csv, .tsv, each also as .gz), folders, or patterns such as <c>mmlu/test/*.csv</c>; of a folder the files of these kinds.</param>
    /// <param name="question">Columns whose texts make the question, in order; <c>a.b</c> is a field of an object, a number a column of a table without a header. Left out: whichever are
    /// there of passage, context, article, ctx, premise, instruction, question, prompt, input, query, problem, hypothesis, goal, sentence, text; the first of a table without a header.</param>
    /// <param name="choices">Columns of the possible answers; left out: choices, options, endings, A to F, or those between first and last of a table without a header.</param>
    /// <param name="answer">Columns of the right answer, a text or the letter or number (from 0) of a choice; left out: answer, answers, target, targets, label, gold, canonical_solution,
    /// solution, output, completion, response, explanation, rationale, other.solution, or the last of a table without a header; <c>[]</c> for none.</param>
    public TestSet(IReadOnlyList<string> files, IReadOnlyList<string>? question = null, IReadOnlyList<string>? choices = null, IReadOnlyList<string>? answer = null)
    {
        (_patterns, HasOwnColumns) = (files, question is not null);
        (Question, Choices, Answer) = (question ?? Questions, choices ?? ChoiceColumns, answer ?? AnswerColumns);
    }

    internal bool HasOwnColumns { get; }

    internal IReadOnlyList<string> Question { get; }

    internal IReadOnlyList<string> Choices { get; }

    internal IReadOnlyList<string> Answer { get; }

    /// <summary>The files, each once, ordinal by path.</summary>
    internal IReadOnlyList<string> Files()
    {
        string[] all = [.. Glob.Expand(_patterns).Select(file => file.Path)];
        string[] readable = [.. all.Where(path => TestSetReader.Reads(path) || _patterns.Contains(path))];
        return readable.Length > 0 ? readable
            : throw new ConfigurationException($"none of {string.Join(", ", _patterns)} is a test set: give .jsonl, .json, .csv or .tsv, each also as .gz");
    }
}

/// <summary>One question of a test set with its choices and right answers.</summary>
internal sealed record TestItem(WantedThing Thing, string Question, IReadOnlyList<string> Choices, IReadOnlyList<string> Answers);
