using Kanade.Text;

namespace Kanade.Tests.Text;

public class AccentModelTests
{
    [Theory]
    [InlineData("箸で食べる。", "ハ'シデ")]
    [InlineData("橋を渡る。", "ハシ'オ")]
    [InlineData("端を歩く。", "ハシオ")]
    public void Homophones_differ_in_accent(string text, string first) => Assert.StartsWith(first, Frontend.Kana(text).Replace('ヲ', 'オ'), StringComparison.Ordinal);

    [Fact]
    public void The_learned_model_joins_what_the_rules_cut() =>
        Assert.True(Frontend.Read("勉強している学生がいる。").Phrases.Count < Frontend.ReadByRules("勉強している学生がいる。").Phrases.Count);

    [Fact]
    public void Saved_weights_come_back()
    {
        var model = new AccentModel([new(17, 1.5f), new(4000000000, -0.75f), new(0, 0.5f)]);
        using var file = new MemoryStream();
        model.Save(file);
        file.Position = 0;
        var loaded = AccentModel.Load(file, "memory");
        Assert.Equal(3, loaded.Count);
        Assert.Equal(1.5, loaded.Score([17]), 1);
        Assert.InRange(loaded.Score([4000000000]), -0.76, -0.74);
        Assert.Equal(0, loaded.Score([18]));
    }

    [Fact]
    public void A_damaged_model_is_refused_by_name()
    {
        var error = Assert.Throws<InvalidDataException>(() => AccentModel.Load(new MemoryStream([1, 2, 3]), "x.model"));
        Assert.Contains("x.model", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Training_learns_the_accents_of_its_labels()
    {
        // Labels that say ありがとう is one phrase with its nucleus on ガ, against a dictionary that says リ: the model must follow the labels.
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            var texts = new List<string>();
            for (var i = 0; i < 12; i++)
            {
                File.WriteAllLines(Path.Combine(folder.FullName, $"s{i:00}.lab"), Label(["a", "r i", "g a", "t o", "o"], 3));
                texts.Add($"s{i:00}\tありがとう。");
            }
            File.WriteAllLines(Path.Combine(folder.FullName, "texts.tsv"), texts);
            var model = Path.Combine(folder.FullName, "accent.model");
            var result = AccentTrainer.Train(new AccentTraining(new AccentLabels(folder.FullName, Path.Combine(folder.FullName, "texts.tsv")), HeldOut: 6), model, new FrontendOptions());
            Assert.Equal(10, result.Sentences);
            Assert.Equal(100, result.Score!.PhraseExact);
            using var frontend = JapaneseFrontend.Open(new FrontendOptions(AccentModel: model));
            Assert.Equal(3, frontend.Phonemize("ありがとう。").Phrases[0].Nucleus);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    static IEnumerable<string> Label(string[] moras, int nucleus)
    {
        yield return "xx^xx-sil+a=r/A:xx+xx+xx/B:x/F:xx_xx#xx_xx@xx_xx|xx_xx/G:x/I:xx-xx@xx/J:x";
        for (var m = 0; m < moras.Length; m++)
        {
            foreach (var phone in moras[m].Split(' '))
                yield return $"x^x-{phone}+x=x/A:{m + 1 - nucleus}+{m + 1}+{moras.Length - m}/B:x/F:{moras.Length}_{nucleus}#0_xx@1_1|1_5/G:x/I:1-5@1/J:x";
        }
        yield return "x^x-sil+xx=xx/A:xx+xx+xx/B:x/F:xx_xx#xx_xx@xx_xx|xx_xx/G:x/I:xx-xx@xx/J:x";
    }
}
