using DataPipeline.Core;
using DataPipeline.Filters;

namespace DataPipeline.Tests.Filters;

public sealed class RefinedWebLinesTests
{
    private const string Body = "These are the words of a page that has something to say.";

    [Theory]
    [InlineData("THIS IS SHOUTED at us")]
    [InlineData("12345")]
    [InlineData("3 likes")]
    [InlineData("1.2K Views")]
    [InlineData("Home")]
    [InlineData("Sign-in")]
    public void Judge_NoiseLine_IsRemoved(string line)
    {
        Document kept = new RefinedWebLines(maxRemovedWords: 0.5).Judge(Golden.Document($"{Body}\n{line}\n{Body}")).Document!;
        Assert.Equal($"{Body}\n{Body}", kept.Text);
    }

    [Theory]
    [InlineData("Sign-in to see it", "to see it")]
    [InlineData("A tale of two towns Read more...", "A tale of two towns")]
    [InlineData("You have 3 items in cart today", "You have 3  today")]
    [InlineData("Signing things is fun", "Signing things is fun")]
    [InlineData("3 people like it", "3 people like it")]
    [InlineData("One two three four five six seven eight nine ten read more", "One two three four five six seven eight nine ten read more")]
    public void Judge_PhraseInShortLine_IsCut(string line, string left)
    {
        Document kept = new RefinedWebLines(maxRemovedWords: 0.5).Judge(Golden.Document($"{Body}\n\n{line}\n{Body}")).Document!;
        Assert.Equal($"{Body}\n\n{left}\n{Body}", kept.Text);
    }

    [Theory]
    [InlineData("refinedweb_empty", "")]
    [InlineData("refinedweb_empty", "Home\n3 likes")]
    [InlineData("refinedweb_too_many_words_removed", Body + "\nHome")]
    [InlineData(null, Body + " " + Body + "\nHome")]
    public void Judge_ShortestTexts_GiveTheReason(string? reason, string text)
    {
        var filter = new RefinedWebLines();
        Assert.Equal(reason, filter.Judge(Golden.Document(text)).Reason);
        Assert.Equal(reason, filter.Measure(Golden.Document(text)).Where(one => !one.Passed).Select(one => one.Rule).FirstOrDefault());
    }

    [Fact]
    public void Judge_NothingToRemove_GivesTheDocumentItself()
    {
        Document document = Golden.Document(Body);
        Assert.Same(document, new RefinedWebLines().Judge(document).Document);
    }
}
