using System.Text.Json;
using DataPipeline.Core;
using DataPipeline.Tests;
using DataPipeline.Torch;

namespace DataPipeline.Train.Tests;

/// <summary>Windows, shares and averages as lm-evaluation-harness takes them (g12), and what a model is given.</summary>
public class EvaluationTests
{
    private static readonly JsonElement golden = SharedData.Missing("golden/train") is not null ? default : GoldenFile.Read("g12_eval_formats.json");

    private static IEnumerable<JsonElement> Cases(string name) => golden.GetProperty("cases").EnumerateArray().Where(c => c.GetProperty("case").GetString() == name);

    private static int[] Ids(JsonElement numbers) => [.. numbers.EnumerateArray().Select(n => n.GetInt32())];

    [GoldenTheory]
    [InlineData("rolling_windows")]
    public void Windows_EveryGoldenCase_AreTheHarness(string name)
    {
        foreach (JsonElement test in Cases(name))
        {
            JsonElement inputs = test.GetProperty("inputs");
            RollingWindows.Window[] windows =
                [.. RollingWindows.Of(Ids(inputs.GetProperty("tokens")), inputs.GetProperty("prefix").GetInt32(), inputs.GetProperty("max_len").GetInt32(), inputs.GetProperty("context_len").GetInt32())];
            JsonElement[] expected = [.. test.GetProperty("expected").EnumerateArray()];
            Assert.Equal(expected.Length, windows.Length);
            for (int i = 0; i < expected.Length; i++)
            {
                Assert.Equal(Ids(expected[i].GetProperty("input")), windows[i].Input);
                Assert.Equal(Ids(expected[i].GetProperty("predict")), windows[i].Predicted);
            }
        }
    }

    [GoldenTheory]
    [InlineData("multiple_choice")]
    public void Best_GoldenCase_IsTheHarness(string name)
    {
        JsonElement test = Cases(name).Single(), inputs = test.GetProperty("inputs"), expected = test.GetProperty("expected");
        for (int i = 0; i < 3; i++)
        {
            int gold = inputs.GetProperty("gold")[i].GetInt32();
            (int plain, int byCharacters, int byBytes) = MultipleChoice.Best(
                inputs.GetProperty("loglikelihoods")[i].Numbers(), [.. inputs.GetProperty("choices")[i].EnumerateArray().Select(c => c.GetString()!)]);
            Assert.Equal(expected.GetProperty("acc")[i].GetBoolean(), plain == gold);
            Assert.Equal(expected.GetProperty("acc_norm")[i].GetBoolean(), byCharacters == gold);
            Assert.Equal(expected.GetProperty("acc_bytes")[i].GetBoolean(), byBytes == gold);
        }
    }

    [GoldenTheory]
    [InlineData("corpus_perplexity")]
    public void Averages_GoldenCase_AreOfTotals(string name)
    {
        JsonElement test = Cases(name).Single(), expected = test.GetProperty("expected");
        var loss = new TextLoss();
        foreach (JsonElement text in test.GetProperty("inputs").EnumerateArray())
            loss.Add(-text.GetProperty("ll").GetDouble(), 1, text.GetProperty("words").GetInt64(), text.GetProperty("bytes").GetInt64());
        Near.Relative(expected.GetProperty("word_perplexity").GetDouble(), loss.WordPerplexity, 1e-12, "words");
        Near.Relative(expected.GetProperty("byte_perplexity").GetDouble(), loss.BytePerplexity, 1e-12, "bytes");
        Near.Relative(expected.GetProperty("bits_per_byte").GetDouble(), loss.BitsPerByte, 1e-12, "bits per byte");
    }

    [Fact]
    public void ErrorOf_Share_IsTheSampleDeviationOverTheRoot()
    {
        double[] right = [1, 0, 0, 1, 1];
        double mean = right.Average(), deviation = Math.Sqrt(right.Sum(x => (x - mean) * (x - mean)) / 4);
        Near.Absolute(deviation / Math.Sqrt(5), new ChoiceResult(5, mean, 0, 0).ErrorOf(mean), 1e-12, "standard error");
    }

    [TorchFact]
    public void LogLikelihood_WindowsOfManyLengths_EqualsOneByOne()
    {
        using var scope = torch.NewDisposeScope();
        using var model = new Llama(new LlamaOptions(layers: 1, heads: 2, width: 32, context: 8, initStd: 0.5), 32, seed: 2, torch.float64);
        RollingWindows.Window[] windows = [.. RollingWindows.Of([.. Enumerable.Range(1, 21)], 0, 8, 3), LogLikelihood.Continuation([1, 2, 3], [4, 5], 8), LogLikelihood.Continuation([.. Enumerable.Range(0, 12)], [7], 8)];
        LogLikelihood.Score[] scores = LogLikelihood.Of(model, windows, batch: 3);
        for (int i = 0; i < windows.Length; i++)
        {
            (int[] input, int[] wanted) = (windows[i].Input, windows[i].Predicted);
            Tensor logs = torch.nn.functional.log_softmax(model.Forward(torch.tensor<long>([.. input.Select(id => (long)id)], [1, input.Length])), -1);
            double expected = wanted.Select((id, t) => logs.select(0, 0).select(0, input.Length - wanted.Length + t).select(0, id).item()).Sum();
            Near.Absolute(expected, scores[i].LogProbability, 1e-9, $"window {i}");
        }
        Assert.Equal([4, 5, 6, 7, 8, 9, 10, 11], windows[^1].Input);
    }

    [TorchFact]
    public void LogitLens_LastLayer_IsTheModel()
    {
        using var scope = torch.NewDisposeScope();
        foreach (ModelOptions shape in (ModelOptions[])[new LlamaOptions(2, 2, width: 32, context: 8), new Gpt2Options(2, 2, 32, 8), new BloomOptions(2, 2, 32, 8)])
        {
            using LanguageModel model = shape.Make(32, 2, torch.float64);
            LogitLens.Reading[][] layers = LogitLens.Of(model, [1, 5, 9]);
            Assert.Equal(3, layers.Length);
            Tensor logs = torch.nn.functional.log_softmax(model.Forward(torch.tensor<long>([1, 5, 9], [1, 3])), -1).view(3, 32);
            for (int t = 0; t < 3; t++)
            {
                Assert.Equal((int)logs.argmax(1).ToArray<long>()[t], layers[2][t].Token);
                Near.Absolute(Math.Exp(logs.select(0, t).max().item()), layers[2][t].Probability, 1e-9, "probability");
            }
            Near.Absolute(logs.select(0, 1).select(0, 9).item(), layers[2][1].Target, 1e-9, "target");
            Assert.True(double.IsNaN(layers[2][2].Target));
        }
    }

    [Fact]
    public void Read_MmluInQuotes_IsQuestionAnswersAndLetter()
    {
        ChoiceTask task = Read("a_test.csv", "\"One, \"\"two\"\"\nand 三?\",a,\"b, c\",d,e,C\nPlain,1,2,3,4,A\n");
        Assert.Equal(2, task.Items.Count);
        Assert.Equal("One, \"two\"\nand 三?", task.Items[0].Question);
        Assert.Equal(["a", "b, c", "d", "e"], task.Items[0].Choices);
        Assert.Equal((2, 0), (task.Items[0].Gold, task.Items[1].Gold));
    }

    [Fact]
    public void Read_AgiEval_LeavesOutWhatHasNoLetter()
    {
        ChoiceTask task = Read("a.jsonl", """
            {"passage": "P", "question": "Q", "options": ["(A)x", "(B) y"], "label": "B", "answer": null}
            {"passage": null, "question": "Q", "options": null, "label": null, "answer": "7"}
            """);
        Assert.Equal(1, task.Skipped);
        Assert.Equal("P\n\nQ", task.Items[0].Question);
        Assert.Equal(["x", "y"], task.Items[0].Choices);
        Assert.Equal(1, task.Items[0].Gold);
    }

    [Fact]
    public void Read_BigBenchHard_TakesOptionsOrTheTargets()
    {
        ChoiceTask task = Read("a.json", """{"examples": [{"input": "Q\nOptions:\n(A) x\n(B) y", "target": "(B)"}, {"input": "R", "target": "Yes"}, {"input": "S", "target": "No"}]}""");
        Assert.Equal(3, task.Items.Count);
        Assert.Equal("Q", task.Items[0].Question);
        Assert.Equal(1, task.Items[0].Gold);
        Assert.Contains("Yes", task.Items[1].Choices);
        Assert.Equal("Yes", task.Items[1].Choices[task.Items[1].Gold]);
    }

    [Theory]
    [InlineData("a_test.csv", "Q,a,b,c,d,E\n", "record 1")]
    [InlineData("a_test.csv", "Q,a,b\n", "record 1")]
    [InlineData("a.jsonl", "{\"question\": 3}\n", "not a file of MMLU")]
    [InlineData("a.json", "{}", "not a file of MMLU")]
    [InlineData("a.txt", "x", ".txt is not")]
    public void Read_AnotherFile_SaysSo(string name, string text, string message) => Assert.Contains(message, Assert.Throws<InputException>(() => Read(name, text)).Message);

    [Theory]
    [InlineData("bench/mmlu/test", 1000)]
    [InlineData("bench/agieval", 1000)]
    [InlineData("bench/bbh/bbh", 1500)]
    public void Read_ThePublishedFiles_FindsTheirQuestions(string folder, int least)
    {
        if (SharedData.Missing("data/" + folder) is not null) return;
        ChoiceTask[] tasks = [.. Directory.GetFiles(SharedData.PathOf("data/" + folder)).Select(ChoiceTask.Read)];
        Assert.True(tasks.Sum(t => t.Items.Count) >= least, $"{tasks.Sum(t => t.Items.Count)} questions");
        Assert.All(tasks.SelectMany(t => t.Items), item => Assert.InRange(item.Gold, 0, item.Choices.Count - 1));
        Assert.All(tasks.Where(t => t.Name != "word_sorting"), task => Assert.True(task.Skipped * 10 <= task.Items.Count, $"{task.Name} leaves out {task.Skipped}"));
    }

    private static ChoiceTask Read(string name, string text)
    {
        string folder = Directory.CreateTempSubdirectory("choice").FullName, path = Path.Combine(folder, name);
        try
        {
            File.WriteAllText(path, text);
            return ChoiceTask.Read(path);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
