using DataPipeline.Core;
using DataPipeline.Filters;

namespace DataPipeline.Tests.Filters;

public sealed class ClassifierFilterTests
{
    private static string Model => Path.Combine(Requirements.Root, "tests", "DataPipeline.Tests", "Filters", "fasttext", "softmax.bin");

    [Fact]
    public void Judge_ScoreAboveTheThreshold_IsKeptWithTheScore()
    {
        Document document = Golden.Document("the bridge\nover the river");
        string label = FastTextModel.Load(Model).Predict(document.Text)!.Value.Label;
        Verdict verdict = new ClassifierFilter(Model, label, minScore: 0.5).Judge(document);
        Assert.True(verdict.IsKept);
        Assert.True(double.Parse(verdict.Document!.Metadata[label + "_score"]) > 0.5);
    }

    [Fact]
    public void Judge_ScoreOutsideTheLimits_SaysWhichAndHowFar()
    {
        Document document = Golden.Document("the bridge over the river");
        FastTextModel model = FastTextModel.Load(Model);
        string best = model.Predict(document.Text)!.Value.Label, other = model.Labels.First(label => label != best);
        Verdict low = new ClassifierFilter(Model, other, minScore: 0.5).Judge(document), high = new ClassifierFilter(Model, best, maxScore: 0.5).Judge(document);
        Assert.Equal(("classifier_score_too_low", 0.5), (low.Reason, low.Limit));
        Assert.True(low.Measured < 0.5);
        Assert.Equal(("classifier_score_too_high", 0.5), (high.Reason, high.Limit));
        Assert.True(high.Measured > 0.5);
    }

    [Fact]
    public void Constructor_UnknownModelOrLabel_IsAConfigurationException()
    {
        Assert.Contains("nowhere.bin", Assert.Throws<ConfigurationException>(() => new ClassifierFilter("nowhere.bin", "a")).Message, StringComparison.Ordinal);
        Assert.Contains("'xx'", Assert.Throws<ConfigurationException>(() => new ClassifierFilter(Model, "xx")).Message, StringComparison.Ordinal);
    }
}
