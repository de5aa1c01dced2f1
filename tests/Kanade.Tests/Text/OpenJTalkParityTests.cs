namespace Kanade.Tests.Text;

public class OpenJTalkParityTests
{
    public static TheoryData<string, string> Sentences
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Goldens", "open_jtalk_phrases.tsv")))
                data.Add(line.Split('\t')[0], line.Split('\t')[1]);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Sentences))]
    public void Phones_phrases_and_nuclei_are_those_of_open_jtalk(string text, string phrases) =>
        Assert.Equal(phrases, Frontend.Phrases(Frontend.ReadByRules(text)));
}
