using DataPipeline.Core;

namespace DataPipeline.Filters;

/// <summary>Which stretches of words of a test item a rule looks for.</summary>
internal static class TestGrams
{
    /// <summary>Question, choices and answers as one text; where no gram fits into the question it is looked for as a whole, and where it is too short for that, the whole item.</summary>
    public static IEnumerable<(int Start, int Length)> Item(TestWords words, TestItem item)
    {
        int start = words.Add(item.Question), questionEnd = words.Hashes.Count;
        foreach (string text in item.Choices.Concat(item.Answers.Except(item.Choices)))
            words.Add(text);
        int end = words.Hashes.Count;
        (int, int)[] question = [.. words.Whole(start, questionEnd)], grams = [.. words.Grams(start, end)];
        return [.. grams, .. question.Length > 0 ? question : grams.Length > 0 ? [] : words.Whole(start, end)];
    }

    /// <summary>datatrove: grams of each right answer, grams that reach from the question into it, and if asked those of the question.</summary>
    public static IEnumerable<(int Start, int Length)> Answers(TestWords words, TestItem item, bool questions)
    {
        int start = words.Add(item.Question), end = words.Hashes.Count, longest = words.Sizes.Longest;
        var grams = new List<(int, int)>(questions ? words.Grams(start, end) : []);
        foreach (string answer in item.Answers.Distinct())
        {
            int before = words.Hashes.Count;
            words.Repeat(Math.Max(start, end - (longest - 1)), end);
            int from = words.Hashes.Count;
            words.Add(answer);
            grams.AddRange(words.Grams(before, words.Hashes.Count).Where(gram => gram.Start + gram.Length > from));
        }
        return grams;
    }

    /// <summary>dolma: paragraphs of question, choices and answers with more words than a gram.</summary>
    public static IEnumerable<(int Start, int Length)> Paragraphs(TestWords words, TestItem item)
    {
        var grams = new List<(int, int)>();
        foreach (string line in item.Choices.Concat(item.Answers).Prepend(item.Question).SelectMany(text => text.Split('\n')))
        {
            int start = words.Add(line), length = words.Hashes.Count - start;
            if (length > 0 && length > words.Sizes.Of(words.Alone[start]))
                grams.Add((start, length));
        }
        return grams;
    }
}
