using System.Globalization;
using System.Text;
using DataPipeline.Filters;
using DataPipeline.Tests.Tokens;

namespace DataPipeline.Tests.Filters;

/// <summary>Every sentence of lingua's test data by lid.176.ftz and by the built-in model, against fastText's own program.</summary>
public sealed class LinguaTests
{
    [FastTextTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void Predict_EverySentence_EqualsFastTextsProgram(bool isLid176)
    {
        if (SharedData.Find("langid") is not { } data)
            return;
        using var folder = new TemporaryFolder();
        string model = isLid176 ? Path.Combine(data, "lid.176.ftz") : Path.Combine(Requirements.Root, "src", "Filters", "Language", "default.ftz");
        string[] texts = [.. File.ReadLines(Path.Combine(data, "lingua", "sentences.tsv")).Select(line => line.Split('\t', 2)[1])];
        File.WriteAllLines(folder["texts.txt"], texts);
        string[] expected = FastTextProgram.Run("predict-prob", model, folder["texts.txt"]).TrimEnd('\n').Split('\n');
        Assert.Equal(texts.Length, expected.Length);
        FastTextModel ours = FastTextModel.Load(model);
        for (int i = 0; i < texts.Length; i++)
        {
            Prediction? best = ours.Predict(Encoding.UTF8.GetBytes(texts[i]));
            Assert.Equal(expected[i].Split(' ')[0], "__label__" + best?.Label);
            Assert.Equal(double.Parse(expected[i].Split(' ')[1], CultureInfo.InvariantCulture), best!.Value.Score, 1e-5);
        }
    }
}
