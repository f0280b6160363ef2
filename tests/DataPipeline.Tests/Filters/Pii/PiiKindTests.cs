using DataPipeline.Core;
using DataPipeline.Filters;

namespace DataPipeline.Tests.Filters.Pii;

/// <summary>What each kind finds, and what looks like it and is left alone. Values found stand in double angle quotation marks.</summary>
public sealed class PiiKindTests
{
    // Put together here so that no scanner for leaked keys takes this file for a leak.
    private const string Random36 = "a8Kd0Xq2Lm4Zr6Tv8Yc1Bn3Hg5Jf7Pw9Se0R";

    [Theory]
    [InlineData("«john.doe+tag@mail.co.uk», 邮箱：«wang@qq.com»。 メール«a_b@c.jp»まで <«x@y.org»>")]
    [InlineData("«jürgen@müller.de» «13800138000@qq.com» «user@8.8.8.8.org»")]
    [InlineData("lodash@4.17.21 icon@2x.png @handle a@b foo@bar @ x.y user@host:22 a@b.c")]
    [InlineData("two: «a@b.org»,«c@d.org»;«e@f.org»。«g@h.org»")]
    public void Email(string marked) => AssertFinds("email", marked);

    [Theory]
    [InlineData("«8.8.8.8» 地址«8.8.4.4»号 http://«1.1.1.1»:80/x «8.8.8.8»/24 «9.9.9.9»-«9.9.9.10»")]
    [InlineData("10.0.0.1 192.168.1.1 172.16.0.1 127.0.0.1 169.254.0.1 100.64.0.1 192.0.2.1 198.51.100.7 203.0.113.9 255.255.255.255 0.0.0.0")]
    [InlineData("v1.2.3.4 version 1.2.3.4 版本 1.2.3.4 999.8.8.8 1.2.3.4.5 1.2.3 lib-1.2.3.4 section 4.3.2.1 256.1.1.1 08.8.8.8 １.2.3.4")]
    public void Ipv4(string marked) => AssertFinds("ipv4", marked);

    [Theory]
    [InlineData("«2001:4860:4860::8888», [«2606:4700::1111»]:443 地址«2a00:1450:4009:815::200e»号 «2400:da00::1»/64")]
    [InlineData("«2a00:1450:4009:0815:0000:0000:0000:200e» «2001:4860:4860:0:0:0:0:8888».")]
    [InlineData("12:30:45 00:1a:2b:3c:4d:5e 00:11:22:33:44:55:66:77 std::cafe a::b Foo::Bar ::1 fe80::1 fd00::1 2001:db8::1 3fff::1 x2001::1 2001:4860::1:2::3 a:b:c")]
    [InlineData("2001:4860:4860:0:0:0:0:8888:1 2001:48601::1")]
    public void Ipv6(string marked) => AssertFinds("ipv6", marked);

    [Theory]
    [InlineData("«+1-202-555-0143» «+44 20 7946 0958», «+46 (0)8 928 571 38» «+33 1 42 68 53 00» 2020 «+8613800138000» tel:«+49-30-1234567»")]
    [InlineData("«(212) 555-0187 ext. 12», «212-555-0187», «212.555.0187x44»; «1-800-555-0199», «1 (800) 555-0199», «001-518-640-0854»")]
    [InlineData("«01.84.17.61.18», «0211/1234567», «(08) 8747 6301», «020 7946 0958», «0490 75 40 81» «0961-7596216»")]
    [InlineData("电话：«010-62345678»，传真«（021）6234 5678转801»；«0755-12345678»或«400-123-4567»。ＴＥＬ «０１０－６２３４５６７８»")]
    [InlineData("call «555-1234» or phone: «5551234567», mobile «655 437 108», «28-64-66-98» fax, 電話«03-1234-5678»、전화 «010-1234-5678»입니다")]
    [InlineData("2003-08-28 28.08.2003 12:00 01-02-2003 01.02.2003 12 1999-2003 12:30 555-1234 28-64-66-98 655 437 108 5551234567")]
    [InlineData("ISBN 978-0-306-40615-7 ISBN-10 0-306-40615-2 isbn 020 7946 0958 doi:10.1000/212-555-0187 #212-555-0187 $212.555.0187 212.555.0187%")]
    [InlineData("12,345,678 1 234 567 890 123-45-6789 Nature 393 (1998) 440-4421; Foo 12 (34), 393-440; http://x.org/212-555-0187 +999 123 456 789 +0123456789")]
    [InlineData("20230101123456789 id_212-555-0187 a212-555-0187 1212-555-0187 212-555-01870 212-155-0187 112-555-0187 211-555-0187 2-12-555-0187")]
    public void Phone(string marked) => AssertFinds("phone", marked);

    [Theory]
    [InlineData("«13800138000»，手机«138 0013 8000»号«１３８００１３８０００» «+86 13800138000» «0086-138-0013-8000» «8613912345678» «＋８６　１９９　１２３４　５６７８»")]
    [InlineData("12800138000 1380013800 138001380001 x13800138000 0.13800138000 15412345678 = -16666579378 http://x.cn/13800138000 138-00138-000")]
    public void CnMobile(string marked) => AssertFinds("cn_mobile", marked);

    [Theory]
    [InlineData("«4111111111111111» «4222222222222» «5555555555554444» «5105105105105100» «2223003122003222» «378282246310005» «371449635398431»")]
    [InlineData("«6011111111111117» «6011000990139424» «30569309025904» «38520000023237» «3530111333300000» «3566002020360505» «6759649826438453»")]
    [InlineData("«4111 1111 1111 1111» 12/25 «3782-822463-10005» 卡号«６２２２０２１００１１１６２４５７０２»。«4111-1111-1111-1111»,")]
    [InlineData("4111111111111112 411111111111111 1111111111111117 9111111111111111 4111-1111 1111-1111 41111111 11111111 4111.1111.1111.1111")]
    [InlineData("http://x.com/4111111111111111 a4111111111111111 0.4111111111111111 isbn 4222222222222 4111111111111111.5 40000000000000000000002")]
    public void CreditCard(string marked) => AssertFinds("credit_card", marked);

    [Theory]
    [InlineData("«GB29 NWBK 6016 1331 9268 19», «DE89370400440532013000» «FR1420041010050500013M02606»。账号«NL91ABNA0417164300»中文")]
    [InlineData("«ES9121000418450200051332» «IT60X0542811101000000123456» «CH9300762011623852957» «NO9386011117947» «gb29nwbk60161331926819» «MT84MALT011000012345MTLCAST001S»")]
    [InlineData("DE88370400440532013000 XX89370400440532013000 DE8937040044053201300 DE893704004405320130001 ADE89370400440532013000 DE89 37040044 0532013000 DE8 GB")]
    public void Iban(string marked) => AssertFinds("iban", marked);

    [Theory]
    [InlineData("«123-45-6789», SSN «123 45 6789» ssn: «123456789» 社会安全号码«123-45-6789»号 «899-01-0001»")]
    [InlineData("000-12-3456 666-12-3456 900-12-3456 123-00-4567 123-45-0000 078-05-1120 219-09-9999 123 45 6789 123456789 123-45-67890 1123-45-6789 123-45-6789-1 123-45 6789")]
    public void UsSsn(string marked) => AssertFinds("us_ssn", marked);

    [Theory]
    [InlineData("身份证«11010519491231002X»号 «440524188001010014» «１１０１０５１９４９１２３１００２Ｘ»，«11010519491231002x»。")]
    [InlineData("110105194912310021 11010519491331002X 11010519490229002X 99010519491231002X 11010519491231002 11010519491231002XY 1110105194912310021 440524188001010014.5")]
    public void CnResidentId(string marked) => AssertFinds("cn_resident_id", marked);

    [Theory]
    [InlineData("«AKIA" + "IOSFODNN7EXAMPLE» 密钥«ghp_" + Random36 + "»。«xoxb-" + "123456789012-abcdefGHIJKL» «AIza" + "SyA1bC2dE3fG4hI5jK6lM7nO8pQ9rS0tU1v»")]
    [InlineData("«sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc» «hf_" + "AbCdEfGhIjKlMnOpQrStUvWxYz12345678» «glpat-" + "aB3dE5fG7hI9jK1lM3nO»")]
    [InlineData("Bearer «eyJ" + "hbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U».")]
    [InlineData("x\n«-----BEGIN RSA " + "PRIVATE KEY-----\nMIIEpAIBAAKCAQEA1234567890abcdefghij\n-----END RSA PRIVATE KEY-----»\ny")]
    [InlineData("«-----BEGIN " + "PRIVATE KEY-----\nMIIEpAIBAAKCAQEA1234567890abcdefghij\nMIIEpAIBAAKCAQEA1234567890abcdefghij»\ncut off here")]
    [InlineData("api_key = \"«a8f5f167f44f4964e6c998dee827110c»\", 'password' => '«hunter2Abc»', DB_PASSWORD=«s3cretPass!9» 密码：«Abc12345xyz»。\"client_secret\": \"«Zx9Kd8Qw7Er6Ty5U»\"")]
    [InlineData("token = getToken(x1y2z3a4b5c6d7e8) secret=${FOO1234567890123456} password: please8 password = os.environ['DB'] api_key: your_api_key_here token: 1234567890123456")]
    [InlineData("AKIAXXXXXXXXXXXXXXXX sk-learn task_force -----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE----- eyJustAword.eyJx.y The secret: never a1")]
    [InlineData("The begin line is -----BEGIN " + "PRIVATE KEY----- and then text follows. tokens: a8f5f167f44f4964e6c998dee827110c")]
    public void Secret(string marked) => AssertFinds("secret", marked);

    [Fact]
    public void All_KindsAndRanksDiffer()
    {
        Assert.Equal(["secret", "email", "ipv6", "ipv4", "iban", "cn_resident_id", "credit_card", "us_ssn", "cn_mobile", "phone"], PiiFinder.All.Select(scanner => scanner.Kind));
        Assert.Equal(PiiFinder.All.Count, PiiFinder.All.Select(scanner => scanner.Rank).Distinct().Count());
    }

    private static void AssertFinds(string kind, string marked)
    {
        string text = marked.Replace("«", "", StringComparison.Ordinal).Replace("»", "", StringComparison.Ordinal);
        var finder = new PiiFinder([PiiFinder.All.Single(scanner => scanner.Kind == kind)], publicOnly: true);
        int shift = 0;
        foreach (PiiMatch match in finder.Find(text) ?? [])
        {
            text = text.Insert(match.Place.End + shift, "»").Insert(match.Place.Start + shift, "«");
            shift += 2;
        }
        Assert.Equal(marked, text);
    }
}
