//! Both versions in one process.

fn main() {
    let words = ["one", "two", "three"];
    let (server, serving) = legacy_server::serve(2);
    for _ in 0..2 {
        let answers = new_client::ask(server, &words).expect("answers");
        assert_eq!(answers, words);
    }
    assert_eq!(serving.join().expect("the server has ended"), 6);
    println!("both versions understand each other");
}
