using System.Text;
using DataPipeline.Core;
using DataPipeline.Filters;

namespace DataPipeline.Tests.Filters.Mojibake;

public sealed class FixMojibakeTests
{
    // The first article of the Universal Declaration of Human Rights, and quotation marks around it.
    private static readonly string[] Languages =
    [
        "« Tous les êtres humains naissent libres et égaux en dignité et en droits. Ils sont doués de raison et doivent agir à l’égard des autres dans un esprit de fraternité. »",
        "„Alle Menschen sind frei und gleich an Würde und Rechten geboren. Sie sollen einander im Geiste der Brüderlichkeit begegnen.“",
        "“Todos los seres humanos nacen libres e iguales en dignidad; dotados como están de razón y conciencia, ¿no deben comportarse fraternalmente los unos con los otros?”",
        "“Todos os seres humanos nascem livres e iguais em dignidade; são dotados de razão e de consciência — devem agir em espírito de fraternidade.”",
        "Tutti gli esseri umani nascono liberi ed eguali; la libertà è di ciascuno, perché così è.",
        "Wszyscy ludzie rodzą się wolni i równi pod względem swej godności i swych praw, są obdarzeni rozumem i sumieniem.",
        "Všichni lidé rodí se svobodní a sobě rovní co do důstojnosti a práv. Úžasně!",
        "Minden emberi lény szabadon születik és egyenlő méltósága és joga van.",
        "Bütün insanlar hür, haysiyet ve haklar bakımından eşit doğarlar.",
        "Alla människor är födda fria och lika i värde och rättigheter. Åh!",
        "Все люди рождаются свободными и равными в своём достоинстве и правах.",
        "Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι στην αξιοπρέπεια και τα δικαιώματα.",
        "يولد جميع الناس أحرارًا متساوين في الكرامة والحقوق.",
        "כל בני האדם נולדו בני חורין ושווים בערכם ובזכויותיהם.",
        "सभी मनुष्यों को गौरव और अधिकारों के मामले में जन्मजात स्वतन्त्रता और समानता प्राप्त है।",
        "มนุษย์ทั้งหลายเกิดมามีอิสระและเสมอภาคกันในเกียรติศักดิ์และสิทธิ",
        "Tất cả mọi người sinh ra đều được tự do và bình đẳng về nhân phẩm và quyền lợi.",
        "人人生而自由，在尊严和权利上一律平等。他们赋有理性和良心，并应以兄弟关系的精神相对待。𠮷",
        "すべての人間は、生まれながらにして自由であり、かつ、尊厳と権利とについて平等である。",
        "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다. 😀",
    ];

    public static TheoryData<string> Texts => [.. Languages];

    [Theory]
    [MemberData(nameof(Texts))]
    public void Judge_DamagedOnceOrTwice_ComesBack(string text)
    {
        Assert.Equal(text, Repaired(text));
        Assert.Equal(text, Repaired(Damage(text)));
        Assert.Equal(text, Repaired(Damage(Damage(text))));
        Assert.Equal(text, Repaired(Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text))));
    }

    [Theory]
    [InlineData("It’s the “Ã©tÃ©” — lâ€™Ã©tÃ©", "It’s the “été” — l’été")]
    [InlineData("déjà vu, donâ€™t", "déjà vu, don’t")]
    [InlineData("20Â°C, Â© 2020", "20°C, © 2020")]
    [InlineData("ï»¿Start", "\uFEFFStart")]
    [InlineData("sound\nvoilÃ\u00A0 l’Ã‰tat\nsound é\n", "sound\nvoilà l’État\nsound é\n")]
    [InlineData("leeds Ã© Ardsley, Sept-ÃŽles, Ãºltims, Ã¢'r", "leeds é Ardsley, Sept-Îles, últims, â'r")]
    [InlineData("Leeds ×©×œ×•×\u009D", "Leeds שלום")]
    [InlineData("naïve cafÃ© and ä¸\u00ADæ–‡", "naïve café and 中文")]
    public void Judge_DamagedPlaces_AreRepaired(string text, string repaired) => Assert.Equal(repaired, Repaired(text));

    [Theory]
    [InlineData("“COMER MAÇÔ")]
    [InlineData("„DAS MENÜ“ ist da")]
    [InlineData("il dit : « À » et « É »")]
    [InlineData("au CAFɅ")]
    [InlineData("ALLÉ» —")]
    [InlineData("un café”… et “l’été”…")]
    [InlineData("Úžasný, ÚŽASNÝ, KŘÍŽ")]
    [InlineData("2×½ Ø½ 3 Å² JOSɹ CAFÉ® CAFÉ™")]
    [InlineData("DÉ\u00ADCOR À\u00A0nouveau, à\u00A0«\u00A0Â\u00A0»")]
    [InlineData("中文里有 é 和 ü，也有“à”。")]
    [InlineData("ÀÉÎÕÜ àéîõü ÆØÅ æøå ß")]
    [InlineData("Ïðèâåò, ìèð! Ýòî òåêñò â äðóãîé êîäèðîâêå, íî íå êèòàéñêèé ÿçûê.")]
    [InlineData("ðÒÉ×ÅÔ ÍÉÒ ÜÔÏ ÔÅËÓÔ × ËÏÄÉÒÏ×ËÅ ËÏÉ×ÏÓÅÍØ ÄÌÑ ÐÒÏ×ÅÒËÉ ÐÏÞÉÎËÉ")]
    public void Judge_SoundOrDoubtful_StaysAsItIs(string text)
    {
        Document document = Golden.Document(text);
        Assert.Same(document, new FixMojibake().Judge(document).Document);
    }

    [Fact]
    public void Judge_GbkReadAsLatin1_ComesBack()
    {
        const string Text = "中国人民大学是一所在北京的大学，他们说这是最好的。\n\n<b>我们</b>不能没有你 2020 年。朱镕基的时代";
        Encoding gbk = CodePagesEncodingProvider.Instance.GetEncoding(936)!;
        string damaged = Encoding.Latin1.GetString(gbk.GetBytes(Text));
        Assert.Equal(Text, Repaired(damaged));
        Assert.Equal(damaged, new FixMojibake(gbk: false, utf8: false).Judge(Golden.Document(damaged)).Document!.Text);
        Assert.Equal("ÖÐ¹ú", Repaired("ÖÐ¹ú"));
    }

    [Fact]
    public void Judge_Repairs_AreCounted() => Assert.Equal("3", new FixMojibake().Judge(Golden.Document("Ã©tÃ© donâ€™t")).Document!.Metadata["mojibake_repaired"]);

    [Fact]
    public void Judge_Samples_StayAsTheyAre() => Assert.All(Filters.Texts.Real(), text => Assert.Equal(text, Repaired(text)));

    [SharedFact("data/books")]
    public void Judge_Books_StayAsTheyAre()
    {
        foreach (string path in Directory.EnumerateFiles(SharedData.PathOf("data/books"), "*.txt", SearchOption.AllDirectories))
        {
            string text = File.ReadAllText(path);
            Assert.True(Repaired(text) == text, $"{path} was changed");
        }
    }

    private static string Repaired(string text) => new FixMojibake().Judge(Golden.Document(text)).Document!.Text;

    /// <summary>UTF-8 read as windows-1252 in the way of browsers: the five bytes that it lacks are control characters.</summary>
    private static string Damage(string text) => CodePagesEncodingProvider.Instance.GetEncoding(1252)!.GetString(Encoding.UTF8.GetBytes(text));
}
