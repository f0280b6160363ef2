using System.ComponentModel.DataAnnotations;
using DataPipeline.Core;
using DataPipeline.Core.Config;

namespace DataPipeline.Filters;

/// <summary>Drops dialogues that go in circles: turns said before, answers that say one thing again and again, answers that give the prompt back. Grams are
/// ten (five for the prompt) characters in a row of the text in lower case with single spaces, so the rules hold for every script.</summary>
/// <param name="maxRepeatedTurns">Largest share of turns that an earlier turn of the same role equals.</param>
/// <param name="maxRepeatedText">Largest share of an answer's grams that stood in it before (data-juicer: 0.5).</param>
/// <param name="maxEcho">Largest likeness of an answer to its prompt: the share of the grams of both that they have in common.</param>
[Stage("dialogue_repetition")]
public sealed class DialogueRepetition(
    [Range(0.0, 1.0)] double maxRepeatedTurns = 0.3, [Range(0.0, 1.0)] double maxRepeatedText = 0.5, [Range(0.0, 1.0)] double maxEcho = 0.9) : RuleFilter
{
    private const int TextGram = 10, EchoGram = 5;

    private protected override void Check(Document document, ref RuleLog log)
    {
        (int turns, int repeated) = CountTurns(document);
        if (turns == 0 || log.Above("dialogue_repeated_turns", RuleLog.Share(repeated, turns), maxRepeatedTurns))
            return;
        double text = 0, echo = 0;
        foreach ((string prompt, string answer) in Exchanges.Of(document))
        {
            string folded = Fold(answer);
            text = Math.Max(text, RepeatedText(folded));
            echo = Math.Max(echo, Likeness(Fold(prompt), folded));
        }
        if (!log.Above("dialogue_repeated_text", text, maxRepeatedText))
            log.Above("dialogue_answer_repeats_prompt", echo, maxEcho);
    }

    private static (int Turns, int Repeated) CountTurns(Document document)
    {
        int turns = 0;
        var seen = new HashSet<(string, string)>();
        foreach (Part part in document.Parts)
        {
            if (part.Role is not (Exchanges.User or Exchanges.Assistant))
                continue;
            turns++;
            seen.Add((part.Role, Fold(part.Text)));
        }
        return (turns, turns - seen.Count);
    }

    /// <summary>The share of a text's grams that occurred in it before.</summary>
    internal static double RepeatedText(string text)
    {
        int grams = text.Length - TextGram + 1;
        return grams <= 0 ? 0 : 1 - (double)Grams(text, TextGram).Count / grams;
    }

    /// <summary>The Jaccard similarity of the grams of two texts; of texts shorter than a gram, whether they are equal.</summary>
    internal static double Likeness(string a, string b)
    {
        if (a.Length == 0 || b.Length == 0)
            return 0;
        if (Math.Min(a.Length, b.Length) < EchoGram)
            return a == b ? 1 : 0;
        HashSet<ulong> first = Grams(a, EchoGram), second = Grams(b, EchoGram);
        int shared = first.Count(second.Contains);
        return (double)shared / (first.Count + second.Count - shared);
    }

    private static HashSet<ulong> Grams(string text, int length)
    {
        var grams = new HashSet<ulong>(text.Length);
        for (int i = 0; i + length <= text.Length; i++)
            grams.Add(Hash.OfPiece(text.AsSpan(i, length)));
        return grams;
    }

    private static string Fold(string text) => string.Join(' ', text.ToLowerInvariant().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
