using System.Text;

namespace DataPipeline.Train;

/// <summary>How a choice is put to a model.</summary>
public enum ChoiceForm
{
    /// <summary>The question shows its choices under letters, and letters are scored: MMLU's own form.</summary>
    Letters,
    /// <summary>The question alone, and the texts of the choices are scored: what small models can do.</summary>
    Texts,
}

/// <summary>Shares of questions answered rightly.</summary>
/// <param name="Items">Questions.</param>
/// <param name="Accuracy">By the greatest log-probability.</param>
/// <param name="ByCharacters">By log-probability for each character of the choice: acc_norm.</param>
/// <param name="ByBytes">By log-probability for each byte in UTF-8: acc_bytes.</param>
public sealed record ChoiceResult(int Items, double Accuracy, double ByCharacters, double ByBytes)
{
    /// <summary>Standard error of a share: sqrt(p (1 - p) / (n - 1)), the sample deviation over sqrt(n).</summary>
    public double ErrorOf(double share) => Items < 2 ? 0 : Math.Sqrt(share * (1 - share) / (Items - 1));
}

/// <summary>Answers questions by the likeliest choice.</summary>
public static class MultipleChoice
{
    /// <summary>Number of the best choice by log-probability alone, for each character (code point) and for each byte.</summary>
    public static (int Plain, int ByCharacters, int ByBytes) Best(IReadOnlyList<double> logProbabilities, IReadOnlyList<string> choices)
    {
        double[] characters = [.. choices.Select((c, i) => logProbabilities[i] / Math.Max(1, c.EnumerateRunes().Count()))];
        double[] bytes = [.. choices.Select((c, i) => logProbabilities[i] / Math.Max(1, Encoding.UTF8.GetByteCount(c)))];
        return (IndexOfGreatest(logProbabilities), IndexOfGreatest(characters), IndexOfGreatest(bytes));
    }

    /// <summary>Shares of right answers of a task.</summary>
    /// <param name="open">The model.</param>
    /// <param name="task">The questions.</param>
    /// <param name="form">How they are put.</param>
    /// <param name="shots">Questions with their answers put before each, the same for all.</param>
    /// <param name="batch">Windows computed together.</param>
    public static ChoiceResult Of(TrainedModel open, ChoiceTask task, ChoiceForm form, IReadOnlyList<ChoiceItem> shots, int batch = 8)
    {
        string before = string.Concat(shots.Select(shot => $"{Put(shot, form)} {Answers(shot, form)[shot.Gold]}\n\n"));
        var windows = new List<RollingWindows.Window>();
        foreach (ChoiceItem item in task.Items)
        {
            string question = before + Put(item, form);
            int[] context = open.Prompt(question);
            foreach (string answer in Answers(item, form))
            {
                // The answer's ids are those it has behind the question: a tokenizer may join the space to the word.
                int[] whole = open.Prompt($"{question} {answer}");
                bool isPrefix = whole.Length > context.Length && whole.AsSpan(0, context.Length).SequenceEqual(context);
                int[] continuation = isPrefix ? whole[context.Length..] : [.. open.Tokenizer.EncodeToIds($" {answer}")];
                windows.Add(LogLikelihood.Continuation(context, continuation, open.Model.Context));
            }
        }
        LogLikelihood.Score[] scores = LogLikelihood.Of(open.Model, windows, batch);
        int at = 0, plain = 0, byCharacters = 0, byBytes = 0;
        foreach (ChoiceItem item in task.Items)
        {
            string[] answers = Answers(item, form);
            var best = Best([.. scores.AsSpan(at, answers.Length).ToArray().Select(s => s.LogProbability)], answers);
            at += answers.Length;
            if (best.Plain == item.Gold) plain++;
            if (best.ByCharacters == item.Gold) byCharacters++;
            if (best.ByBytes == item.Gold) byBytes++;
        }
        double n = Math.Max(1, task.Items.Count);
        return new ChoiceResult(task.Items.Count, plain / n, byCharacters / n, byBytes / n);
    }

    private static string Put(ChoiceItem item, ChoiceForm form)
    {
        if (form == ChoiceForm.Texts || !item.Lettered) return $"Question: {item.Question}\nAnswer:";
        return $"{item.Question}\n{string.Concat(item.Choices.Select((choice, i) => $"{(char)('A' + i)}. {choice}\n"))}Answer:";
    }

    private static string[] Answers(ChoiceItem item, ChoiceForm form) =>
        form == ChoiceForm.Texts || !item.Lettered ? [.. item.Choices] : [.. item.Choices.Select((_, i) => ((char)('A' + i)).ToString())];

    private static int IndexOfGreatest(IReadOnlyList<double> values)
    {
        int best = 0;
        for (int i = 1; i < values.Count; i++)
            if (values[i] > values[best]) best = i;
        return best;
    }
}
